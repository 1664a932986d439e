import { readdirSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { hostPath, type World } from '../../common/world.ts';
import type { Labels } from '../pipeline/entry.ts';
import { globRoot, globToRegExp } from './glob.ts';

/** The files that targets with patterns name, each with the labels of its target, sorted by path. */
export function matchFiles(world: World, targets: readonly Labels[]): readonly Labels[] {
  const found: Labels[] = [];
  for (const target of targets) {
    const pattern = posix.normalize(target.__path__ ?? '');
    const exclude = target.__path_exclude__ ? globToRegExp(posix.normalize(target.__path_exclude__)) : undefined;
    const regex = globToRegExp(pattern);
    const { root, depth } = globRoot(pattern);
    const paths = new Set<string>();
    for (const start of roots(world, root)) {
      const below = start
        .slice(root === '/' ? 1 : root.length + 1)
        .split('/')
        .filter(Boolean).length;
      walk(world, start, depth === undefined ? 64 : depth - below, (path) => {
        if (regex.test(path) && !exclude?.test(path)) paths.add(path);
      });
    }
    for (const path of [...paths].sort()) found.push({ ...target, __path__: path });
  }
  return found;
}

/** Where to begin: the directory itself where it is mounted, else the mounts inside it. */
function roots(world: World, root: string): readonly string[] {
  const inside = world.mounts.map((m) => m.target).filter((t) => t.startsWith(root === '/' ? '/' : `${root}/`));
  return hostPath(world, root).ok ? [root, ...inside] : inside;
}

function walk(world: World, directory: string, depth: number, seen: (path: string) => void): void {
  if (depth < 1) return;
  const host = hostPath(world, directory);
  if (!host.ok) return;
  let entries: import('node:fs').Dirent[];
  try {
    entries = readdirSync(host.value, { withFileTypes: true });
  } catch {
    return;
  }
  for (const entry of entries) {
    const path = posix.join(directory, entry.name);
    const kind = entry.isSymbolicLink() ? follow(join(host.value, entry.name)) : entry;
    // What is no regular file (FIFO, socket, device) would block or never end. What cannot be told is a target: reading
    // it will say why.
    if (kind === 'unknown') seen(path);
    else if (kind === undefined) continue;
    else if (kind.isFile()) seen(path);
    else if (kind.isDirectory() && !entry.isSymbolicLink()) walk(world, path, depth - 1, seen);
  }
}

function follow(path: string) {
  try {
    return statSync(path);
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : 'unknown';
  }
}
