import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { hostPath, type World } from '../common/world.ts';
import type { Args } from './args.ts';

/** The host as the container's mounts show it. Readers throw where a file cannot be read: nothing is made up. */
export interface Host {
  readonly args: Args;
  proc(path: string): string;
  /** The place on this host of a path below the root file system. */
  underRoot(path: string): string;
}

export function hostOf(world: World, args: Args): Host {
  const place = (path: string) => {
    const found = hostPath(world, path);
    if (!found.ok) throw new Error(found.failure.message);
    return found.value;
  };
  return {
    args,
    proc: (path) => readFileSync(place(posix.join(args.procfs, path)), 'utf8'),
    underRoot: (path) => place(posix.join(args.rootfs, path)),
  };
}

/** A number that must be there. */
export function number(text: string | undefined, what: string): number {
  const value = text === undefined || text === '' ? Number.NaN : Number(text);
  if (Number.isNaN(value)) throw new Error(`${what} is not a number: ${text}`);
  return value;
}

export const words = (line: string): readonly string[] => line.trim().split(/\s+/);
