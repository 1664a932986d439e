import { statSync } from 'node:fs';

/** Whether two paths lead to one directory; false where either leads nowhere. */
export function isSameDirectory(one: string, other: string): boolean {
  const [a, b] = [one, other].map((path) => statSync(path, { bigint: true, throwIfNoEntry: false }));
  return one === other || (a !== undefined && a.ino === b?.ino && a.dev === b.dev);
}
