import { isDeepStrictEqual } from 'node:util';
import { type PatchOperation, pointerOf } from './json-patch.ts';

type Path = readonly (string | number)[];

/**
 * The patch that makes one JSON value of another. Objects are compared key by key, so that what did not change is not
 * touched, comments beside it included; everything else is replaced whole. Pure.
 */
export function diffJson(before: unknown, after: unknown, path: Path = []): readonly PatchOperation[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (!isObject(before) || !isObject(after)) return [{ op: 'replace', path: pointerOf(path), value: after }];
  return [
    ...Object.keys(before)
      .filter((key) => !Object.hasOwn(after, key))
      .map((key): PatchOperation => ({ op: 'remove', path: pointerOf([...path, key]) })),
    ...Object.entries(after).flatMap(([key, value]): readonly PatchOperation[] =>
      Object.hasOwn(before, key)
        ? diffJson(before[key], value, [...path, key])
        : [{ op: 'add', path: pointerOf([...path, key]), value }],
    ),
  ];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
