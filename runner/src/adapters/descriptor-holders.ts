import { readdirSync, readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs';

/** A process of this host. */
export interface Holder {
  readonly pid: number;
  readonly name: string;
}

const LONGEST_LOOK_MS = 5_000;
const MOST_ANCESTORS = 32;

/**
 * The processes besides this one that were given a locked descriptor and still have it open, and so keep its lock.
 * Not those of the groups that still work, nor their descendants. What may not be looked at is not told.
 */
export function descriptorHolders(fd: number, working: ReadonlySet<number>): readonly Holder[] {
  const own = String(process.pid);
  const file = linkOf(own, String(fd));
  if (file === undefined) return [];
  // The kernel tells the lock at each descriptor that keeps it, and not at one that merely has the same file open.
  const told = keepsLock(own, String(fd));
  return holdersOf(file, (pid, n) => !told || keepsLock(pid, n)).filter(({ pid }) => !descends(pid, working));
}

/** The processes besides this one that keep the lock of a file. What may not be looked at is not told. */
export function lockHolders(path: string): readonly Holder[] {
  const file = attempt(() => realpathSync(path));
  return file === undefined ? [] : holdersOf(file, keepsLock);
}

/** Whether a process has a file open, by whatever path it has opened it. */
export function hasOpen(pid: number, path: string): boolean {
  const place = (of: string) => attempt(() => statSync(of, { bigint: true }));
  const wanted = place(path);
  return namesIn(`/proc/${pid}/fd`).some((fd) => {
    const found = place(`/proc/${pid}/fd/${fd}`);
    return found !== undefined && found.ino === wanted?.ino && found.dev === wanted.dev;
  });
}

function holdersOf(file: string, holds: (pid: string, fd: string) => boolean): readonly Holder[] {
  const deadline = performance.now() + LONGEST_LOOK_MS;
  const holders: Holder[] = [];
  for (const pid of namesIn('/proc')) {
    if (!/^\d+$/.test(pid) || pid === String(process.pid)) continue;
    if (performance.now() > deadline) break;
    if (!namesIn(`/proc/${pid}/fd`).some((n) => linkOf(pid, n) === file && holds(pid, n))) continue;
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
