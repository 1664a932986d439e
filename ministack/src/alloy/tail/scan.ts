import { closeSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileStat } from './file-stat.ts';
import { type OpenFile, openFile, readAt } from './open-file.ts';
import { rotatedNames } from './siblings.ts';
import type { Place } from './state.ts';

export interface Scan {
  readonly live: OpenFile | undefined;
  readonly siblings: readonly OpenFile[];
}

/** Opens the live file and its rotated siblings, again if they move meanwhile: names change, descriptors do not. */
export function scan(path: string, root: string, saved: Place | undefined): Scan {
  for (let attempt = 0; ; attempt++) {
    const siblings = siblingPaths(path).flatMap((sibling) => tryOpen(sibling, root, saved) ?? []);
    const live = existing(() => openFile(path, root, saved));
    const files = live ? [...siblings, live] : siblings;
    const names = siblingPaths(path);
    const settled =
      names.length >= siblings.length &&
      files.every((file) => identity(file.path) === file.ino) &&
      (live !== undefined || identity(path) === undefined) &&
      new Set(files.map((file) => file.ino)).size === files.length;
    if (settled || attempt >= 20) {
      // Only a file of which nothing was read is judged by this: any other carries its fingerprint.
      if (!live || saved?.offset !== 0) return { live, siblings };
      return { live, siblings: siblings.map((sibling) => ({ ...sibling, copying: beginsWith(live, sibling) })) };
    }
    closeFiles(files);
  }
}

export function closeFiles(files: readonly OpenFile[]): void {
  for (const file of files) closeSync(file.fd);
}

export function siblingPaths(path: string): readonly string[] {
  const directory = dirname(path);
  try {
    return rotatedNames(path, readdirSync(directory)).map((name) => join(directory, name));
  } catch {
    return [];
  }
}

/** The inode of what lies at a path now. */
export function identity(path: string): string | undefined {
  try {
    return fileStat(path)?.ino;
  } catch {
    return undefined;
  }
}

function beginsWith(live: OpenFile, sibling: OpenFile): boolean {
  if (sibling.size > live.size) return false;
  const length = Math.min(sibling.size, 64 * 1024);
  const same = (at: number) => readAt(live.fd, at, length).equals(readAt(sibling.fd, at, length));
  return same(0) && same(sibling.size - length);
}

function tryOpen(path: string, root: string, saved: Place | undefined): OpenFile | undefined {
  try {
    return openFile(path, root, saved);
  } catch {
    return undefined;
  }
}

/** What is not there is undefined; anything else that prevents reading is for the caller. */
function existing(open: () => OpenFile | undefined): OpenFile | undefined {
  try {
    return open();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw cause;
  }
}
