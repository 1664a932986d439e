import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A process of this host. */
export interface Holder {
  readonly pid: number;
  readonly name: string;
}

const LONGEST_LOOK_MS = 500;
const MOST_ANCESTORS = 32;

/**
 * The processes besides this one that were given a locked descriptor and still have it open, and so keep its lock.
 * Not those of the groups that still work, nor their descendants. What may not be looked at is not told.
 */
export function descriptorHolders(fd: number, working: ReadonlySet<number>): readonly Holder[] {
  const deadline = Date.now() + LONGEST_LOOK_MS;
  const own = String(process.pid);
  const file = linkOf(own, String(fd));
  if (file === undefined) return [];
  // The kernel tells the lock at each descriptor that keeps it, and not at one that merely has the same file open.
  const told = keepsLock(own, String(fd));
  const holders: Holder[] = [];
  for (const pid of namesIn('/proc')) {
    if (!/^\d+$/.test(pid) || pid === own) continue;
    if (Date.now() > deadline) break;
    const holds = namesIn(`/proc/${pid}/fd`).some((n) => linkOf(pid, n) === file && (!told || keepsLock(pid, n)));
    if (!holds || descends(Number(pid), working)) continue;
    const name = statOf(Number(pid))?.name;
    if (name !== undefined) holders.push({ pid: Number(pid), name });
  }
  return holders;
}

function descends(pid: number, groups: ReadonlySet<number>): boolean {
  let stat = statOf(pid);
  for (let n = 0; stat !== undefined && n < MOST_ANCESTORS; n += 1) {
    if (groups.has(stat.group)) return true;
    if (stat.parent <= 1 || stat.parent === process.pid) return false;
    stat = statOf(stat.parent);
  }
  return false;
}

function statOf(pid: number): { readonly name: string; readonly parent: number; readonly group: number } | undefined {
  const text = attempt(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  // The name may hold anything, a bracket too.
  const found = /^\d+ \((.*)\) \S (\d+) (\d+) /s.exec(text ?? '');
  return found === null ? undefined : { name: found[1] ?? '', parent: Number(found[2]), group: Number(found[3]) };
}

function keepsLock(pid: string, fd: string): boolean {
  return /^lock:.*\bFLOCK\b/m.test(attempt(() => readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8')) ?? '');
}

function linkOf(pid: string, fd: string): string | undefined {
  return attempt(() => readlinkSync(`/proc/${pid}/fd/${fd}`));
}

function namesIn(folder: string): readonly string[] {
  return attempt(() => readdirSync(folder)) ?? [];
}

/** A process may end while it is looked at, and another user's may not be looked at. */
function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
