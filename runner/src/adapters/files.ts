import { randomBytes } from 'node:crypto';
import {
  chmod,
  chown,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import {
  codeOfWrite,
  type ErrorCode,
  err,
  type FilesPort,
  failure,
  ok,
  type Result,
  reasonOf,
  TEMPORARY,
} from '@plumbline/contracts';

/** The files of this host. */
export const files: FilesPort = {
  read: (path) => attempt(path, 'read', async () => new Uint8Array(await readFile(path))),
  async readText(path) {
    const bytes = await files.read(path);
    if (!bytes.ok) return bytes;
    try {
      return ok(new TextDecoder('utf-8', { fatal: true }).decode(bytes.value));
    } catch {
      return err(failure('E_CONFIG_NOT_TEXT', `${path} is not UTF-8 text`, { place: { file: path } }));
    }
  },
  stat: (path) =>
    attempt(path, 'read', async () => {
      const found = await lstat(path).catch(absent);
      if (found === undefined) return undefined;
      return { kind: kindOf(found), size: found.size, modified: found.mtimeMs, mode: found.mode & 0o7777 } as const;
    }),
  list: (directory) =>
    attempt(directory, 'read', async () => {
      const entries = (await readdir(directory, { recursive: true, withFileTypes: true }).catch(absent)) ?? [];
      return entries
        .filter((entry) => !entry.isDirectory())
        .map((entry) =>
          relative(directory, join(entry.parentPath ?? entry.path, entry.name))
            .split(sep)
            .join('/'),
        )
        .sort();
    }),
  directories: (path) =>
    attempt(path, 'read', async () => {
      const entries = (await readdir(path, { withFileTypes: true }).catch(absent)) ?? [];
      return entries
        .filter((entry) => entry.isDirectory())
        .map((entry) => entry.name)
        .sort();
    }),
  entries: (path) =>
    attempt(path, 'read', async () => {
      const found = (await readdir(path, { withFileTypes: true }).catch(absent)) ?? [];
      return found
        .map((entry) => ({ name: entry.name, kind: kindOf(entry) }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    }),
  write: (path, data, mode = 0o644, uid) => attempt(path, 'write', () => writeAtomically(path, data, mode, uid)),
  writeDirectory: (path, content) => attempt(path, 'write', () => writeDirectoryAtomically(path, content)),
  replaceDirectory: (path, content) => attempt(path, 'write', () => replaceDirectoryWhole(path, content)),
  seal: (path) => attempt(path, 'write', () => sealTree(path)),
  discard: (path) =>
    attempt(path, 'write', async () => {
      if (!TEMPORARY.test(path)) throw new Error(`not a temporary name: ${path}`);
      await rm(path, { recursive: true, force: true });
    }),
  append: (path, text) => attempt(path, 'write', () => appendWhole(path, text)),
  makeDirectory: (path, mode = 0o755, uid) => attempt(path, 'write', () => makeOwned(path, mode, uid)),
  link: (path, target) =>
    attempt(path, 'write', async () => {
      const temporary = temporaryName(path);
      await symlink(target, temporary);
      await renameOrRemove(temporary, path);
      await syncDirectory(dirname(path));
    }),
  readLink: (path) => attempt(path, 'read', () => readlink(path).catch(absent)),
  remove: (path) => attempt(path, 'write', () => rm(path, { recursive: true, force: true })),
};

/** As `files.write`, of bytes that are not in memory all at once. What their source throws is thrown again. */
export function writeStream(path: string, bytes: AsyncIterable<Uint8Array>): Promise<Result<void>> {
  return attempt(path, 'write', () => writeAtomically(path, bytes, 0o644));
}

async function attempt<T>(path: string, what: 'read' | 'write', act: () => Promise<T>): Promise<Result<T>> {
  try {
    return ok(await act());
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code;
    if (code === undefined) throw thrown;
    return err(
      failure(codeOf(code, what), `cannot ${what} ${path}: ${reasonOf(code)}`, {
        place: { file: path },
        evidence: { errno: code },
      }),
    );
  }
}

function codeOf(errno: string, what: 'read' | 'write'): ErrorCode {
  if (what === 'write') return codeOfWrite(errno);
  return errno === 'ENOENT' || errno === 'ENOTDIR' ? 'E_CONFIG_NOT_FOUND' : 'E_ENV_UNREADABLE';
}

function absent(thrown: unknown): undefined {
  const code = (thrown as NodeJS.ErrnoException).code;
  // EINVAL: readlink of something that is no link.
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EINVAL') return undefined;
  throw thrown;
}

function kindOf(entry: { isFile(): boolean; isDirectory(): boolean }): 'file' | 'directory' | 'other' {
  return entry.isFile() ? 'file' : entry.isDirectory() ? 'directory' : 'other';
}

/**
 * Of what is written once and then only read. Directories stay open to their owner, who must be able to remove a
 * checkout with what was deployed below it.
 */
const SEALED = { file: 0o444, directory: 0o755 };

/** Never follows a link. */
async function sealTree(path: string): Promise<void> {
  const found = await lstat(path);
  if (found.isFile()) return chmod(path, SEALED.file);
  if (!found.isDirectory()) return;
  await chmod(path, SEALED.directory);
  for (const name of await readdir(path)) await sealTree(join(path, name));
}

/** As mkdir with `recursive`, which says ENOENT where the disk has no space for a directory. */
async function makeTree(path: string, mode = 0o777): Promise<void> {
  try {
    return await makeOne(path, mode);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(path) === path) throw thrown;
  }
  await makeTree(dirname(path), mode);
  await makeOne(path, mode);
}

/** The directories above it stay this process's user's. */
async function makeOwned(path: string, mode: number, uid: number | undefined): Promise<void> {
  const there = (await lstat(path).catch(absent)) !== undefined;
  await makeTree(path, mode);
  if (uid !== undefined && !there) await chown(path, uid, -1);
}

async function makeOne(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, mode);
  } catch (thrown) {
    const there = (thrown as NodeJS.ErrnoException).code === 'EEXIST' && (await stat(path)).isDirectory();
    if (!there) throw thrown;
  }
}

function temporaryName(path: string): string {
  return `${path}.${process.pid}.${randomBytes(4).toString('hex')}.new`;
}

async function writeAtomically(
  path: string,
  data: string | Uint8Array | AsyncIterable<Uint8Array>,
  mode: number,
  uid?: number,
): Promise<void> {
  await makeTree(dirname(path));
  const temporary = temporaryName(path);
  try {
    const handle = await open(temporary, 'wx', mode);
    try {
      await writeFile(handle, data);
      if (uid !== undefined) await handle.chown(uid, -1);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (thrown) {
    await rm(temporary, { force: true });
    throw thrown;
  }
  await syncDirectory(dirname(path));
}

/** Immutable once there: the name says what is in it, so an existing directory is left alone. */
async function writeDirectoryAtomically(path: string, content: ReadonlyMap<string, Uint8Array>): Promise<void> {
  if ((await lstat(path).catch(absent)) !== undefined) return;
  await renameOrRemove(await writeBeside(path, content), path);
  await syncDirectory(dirname(path));
}

/**
 * The new one is whole before the old one goes, under a temporary name: no space for it leaves the old one, and a kill
 * leaves one of them, or none for a moment, and never half a directory.
 */
async function replaceDirectoryWhole(path: string, content: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const fresh = await writeBeside(path, content);
  const aside = temporaryName(path);
  await rename(path, aside).catch(absent);
  await renameOrRemove(fresh, path);
  await syncDirectory(dirname(path));
  await rm(aside, { recursive: true, force: true });
}

/** A directory with this content under a temporary name beside a path; its name. */
async function writeBeside(path: string, content: ReadonlyMap<string, Uint8Array>): Promise<string> {
  const temporary = temporaryName(path);
  try {
    // A service without files has an empty directory: it too is renamed into place.
    await makeTree(temporary);
    for (const [name, data] of content) await writeAtomically(join(temporary, name), data, 0o444);
    return temporary;
  } catch (thrown) {
    await rm(temporary, { recursive: true, force: true });
    throw thrown;
  }
}

async function renameOrRemove(temporary: string, path: string): Promise<void> {
  try {
    await rename(temporary, path);
  } catch (thrown) {
    await rm(temporary, { recursive: true, force: true });
    throw thrown;
  }
}

/** All of the text, or, where there is no space for all of it, none: what is added next must begin a line of its own. */
async function appendWhole(path: string, text: string): Promise<void> {
  const handle = await open(path, 'a', 0o644);
  try {
    const { size } = await handle.stat();
    try {
      await handle.appendFile(text);
      await handle.datasync();
    } catch (thrown) {
      await handle.truncate(size).catch(() => undefined);
      throw thrown;
    }
  } finally {
    await handle.close();
  }
}

async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
