import { constants, type Stats } from 'node:fs';
import { access, lstat, readFile, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Access, err, failure, type HostPort, ok, type Result } from '@plumbline/contracts';
import { listeningPorts } from './listening-ports.ts';
import { isFree } from './lock.ts';

const UFW = '/etc/ufw/ufw.conf';
const JOURNAL = '/var/log/journal';
const KIB = 1024;

/** This host. */
export const host: HostPort = {
  uid: process.getuid?.() ?? -1,
  which: (tool) => attempt(() => which(tool)),
  listening: () => attempt(listeningPorts),
  access: (path) => attempt(() => accessOf(path)),
  lock: (path) =>
    attempt(async () => {
      const holder = await readFile(path, 'utf8').catch(absent);
      return holder === undefined ? { held: false, holder: '' } : { held: !isFree(path), holder };
    }),
  freeBytes: (path) =>
    attempt(async () => {
      const { bavail, bsize } = await statfs(await nearest(path));
      return bavail * bsize;
    }),
  availableMemory: () =>
    attempt(async () => {
      const found = /^MemAvailable:\s+(\d+) kB/m.exec(await readFile('/proc/meminfo', 'utf8'));
      return Number(found?.[1] ?? 0) * KIB;
    }),
  firewall: () =>
    attempt(async () => {
      // `ufw status` asks for root; its configuration says the same.
      const text = await readFile(UFW, 'utf8').catch(absent);
      if (text === undefined) return 'absent';
      return /^\s*ENABLED\s*=\s*"?yes"?\s*$/m.test(text) ? 'active' : 'inactive';
    }),
  journal: () => attempt(async () => ((await stat(JOURNAL).catch(absent))?.isDirectory() ? 'persistent' : 'volatile')),
};

async function attempt<T>(act: () => Promise<T>): Promise<Result<T>> {
  try {
    return ok(await act());
  } catch (thrown) {
    const { code, path } = thrown as NodeJS.ErrnoException;
    if (code === undefined) throw thrown;
    return err(failure('E_ENV_UNREADABLE', `cannot look at ${path ?? 'this host'}: ${code}`));
  }
}

function absent(thrown: unknown): undefined {
  const code = (thrown as NodeJS.ErrnoException).code;
  if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
  throw thrown;
}

async function which(tool: string): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? '').split(':').filter((part) => part !== '')) {
    const path = join(folder, tool);
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile() && (await may(path, constants.X_OK))) return path;
  }
  return undefined;
}

async function accessOf(path: string): Promise<Access | undefined> {
  const found = await lstat(path).catch(absent);
  if (found === undefined) return undefined;
  return { kind: kindOf(found), mode: found.mode & 0o7777, uid: found.uid, writable: await may(path, constants.W_OK) };
}

async function may(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}

async function nearest(path: string): Promise<string> {
  const found = await stat(path).catch(absent);
  return found !== undefined || dirname(path) === path ? path : nearest(dirname(path));
}

function kindOf(found: Stats): Access['kind'] {
  if (found.isSymbolicLink()) return 'link';
  return found.isFile() ? 'file' : found.isDirectory() ? 'directory' : 'other';
}
