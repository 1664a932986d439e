import type { Place } from '@plumbline/contracts';
import type { JsonDocument } from '@plumbline/formats/json';
import { isMembers, type Path } from './merge.ts';

/** Of these no check speaks by name, and they may be many. */
const NOT_ASKED_FOR = '/labels';

/** Where every part of an environment is written, by its JSON pointer; of its labels, where they begin. Pure. */
export function originsOf(document: JsonDocument): Readonly<Record<string, Place>> {
  return Object.fromEntries(partsOf(document.value, []).map((path) => [pointerOf(path), document.place(path)]));
}

/** A path as a JSON pointer (RFC 6901). Pure. */
export function pointerOf(path: Path): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function partsOf(value: unknown, path: Path): readonly Path[] {
  if (pointerOf(path) === NOT_ASKED_FOR) return [path];
  const inner: readonly (readonly [string | number, unknown])[] = Array.isArray(value)
    ? value.map((item, n) => [n, item] as const)
    : isMembers(value)
      ? Object.entries(value)
      : [];
  return [path, ...inner.flatMap(([part, one]) => partsOf(one, [...path, part]))];
}
