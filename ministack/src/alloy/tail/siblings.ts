import { basename } from 'node:path';

const numberedEnd = /^\.\d{1,9}$/;
const datedEnd = /^-\d{4}[-\d]*\d$/;

/**
 * The rotated files of `live` among the names of its directory, the oldest first: `<name>.<n>` counts down to the
 * newest, `<name>-<date>` counts up. Where both kinds lie side by side, dated ones are taken as older.
 */
export function rotatedNames(live: string, names: readonly string[]): readonly string[] {
  const name = basename(live);
  const dated: string[] = [];
  const numbered: (readonly [number, string])[] = [];
  for (const other of names) {
    if (!other.startsWith(name)) continue;
    const rest = other.slice(name.length);
    if (numberedEnd.test(rest)) numbered.push([Number(rest.slice(1)), other]);
    else if (datedEnd.test(rest)) dated.push(other);
  }
  return [...dated.sort(), ...numbered.sort((a, b) => b[0] - a[0]).map(([, other]) => other)];
}

/** True for a name that may be that of a rotated file. */
export function isRotated(name: string): boolean {
  return /(\.\d{1,9}|-\d{4}[-\d]*\d)$/.test(name);
}
