import { isAbsolute, resolve } from 'node:path';
import { type Place, profileOf } from '@plumbline/contracts';
import type { Composed } from './load.ts';
import type { Mask } from './mask.ts';
import { isMembers, type Path, valueAt } from './merge.ts';
import { dotted, settingsOf, variableOf } from './settings.ts';

/** One value of an environment as it counts, and who says so. */
export interface EffectiveSetting {
  /** As --set takes it. */
  readonly name: string;
  readonly path: Path;
  readonly variable: string;
  readonly value: unknown;
  readonly source: 'flag' | 'variable' | 'file' | 'default';
  /** Where it is written; nowhere, where it is the default. */
  readonly place?: Place;
}

/** Every setting that has a value, in the order of the schema; no secret is among them. Pure. */
export function effectiveSettings(
  { bootstrap, document, overrides }: Composed,
  mask: Mask,
): readonly EffectiveSetting[] {
  return settingsOf(bootstrap).flatMap(({ path, default: fallback }): readonly EffectiveSetting[] => {
    const name = dotted(path);
    const written = valueAt(bootstrap, path);
    // What nobody chooses is the default of the environment, which no schema knows.
    const value = written ?? (name === 'profile' ? profileOf(bootstrap) : fallback);
    if (value === undefined) return [];
    const shown = typeof value === 'string' ? mask(path, value) : value;
    const about = { name, path, variable: variableOf(path), value: shown };
    if (written === undefined) return [{ ...about, source: 'default' }];
    const override = overrides.findLast((one) => dotted(one.path) === name);
    return [{ ...about, source: override?.source ?? 'file', place: document.place(path) }];
  });
}

/** The paths of an environment as they are on this host: the path map, and the roots of its sources. Pure. */
export function resolvedPaths({
  bootstrap,
  paths,
}: Pick<Composed, 'bootstrap' | 'paths'>): Readonly<Record<string, string>> {
  const roots = bootstrap.sources.map(({ name, root }) => {
    return [`source ${name}`, isAbsolute(root) ? root : resolve(paths.repo_root, root)] as const;
  });
  return { ...paths, ...Object.fromEntries(roots) };
}

/** The settings as one document: the environment's own, with its defaults, and without what says what the file is. Pure. */
export function asDocument(settings: readonly EffectiveSetting[]): unknown {
  return settings.reduce<unknown>((document, { path, value }) => placedAt(document, path, value), {});
}

function placedAt(document: unknown, [head, ...rest]: Path, value: unknown): unknown {
  if (head === undefined) return value;
  if (typeof head === 'number') {
    const items: unknown[] = Array.isArray(document) ? [...document] : [];
    items[head] = placedAt(items[head], rest, value);
    return items;
  }
  const members = isMembers(document) ? document : {};
  const inner = Object.hasOwn(members, head) ? members[head] : undefined;
  return Object.fromEntries([
    ...Object.entries(members).filter(([name]) => name !== head),
    [head, placedAt(inner, rest, value)],
  ]);
}
