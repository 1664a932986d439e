import { mkdir, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOfWrite, err, failure, ok, type Result, reasonOf } from '@plumbline/contracts';
import type { NewFiles } from './plan.ts';

/**
 * Puts files into a folder, all or none: they are written beside their places first, which is where a disk is full or a
 * folder is closed, then moved; what a move that fails has left is moved back. E_ENV_UNWRITABLE and E_ENV_DISK_FULL name what cannot be written.
 */
export async function placeAll(folder: string, files: NewFiles): Promise<Result<void>> {
  const undo: (() => Promise<unknown>)[] = [];
  try {
    await makeFolder(folder, undo);
    const staging = await mkdtemp(join(folder, '.plumb-init-'));
    undo.push(() => rm(staging, { recursive: true, force: true }));
    for (const [path, text] of files) {
      await makeFolder(dirname(join(staging, 'new', path)), []);
      await writeFile(join(staging, 'new', path), text, { flush: true });
      await makeFolder(dirname(join(folder, path)), undo);
    }
    for (const path of files.keys()) await put(path, { folder, staging, undo });
    await rm(staging, { recursive: true, force: true });
    return ok(undefined);
  } catch (thrown) {
    for (const step of undo.reverse()) await step().catch(() => undefined);
    const { code, path } = thrown as NodeJS.ErrnoException;
    if (code === undefined) throw thrown;
    return err(
      failure(codeOfWrite(code), `${path ?? folder}: ${reasonOf(code)}; nothing was changed`, {
        place: { file: folder },
      }),
    );
  }
}

/**
 * Makes a folder with those above it; only what was made here is taken back. Not by mkdir's `recursive`, which tries for
 * ever where a file system says that a folder cannot be there, as /proc does.
 */
async function makeFolder(path: string, undo: (() => Promise<unknown>)[]): Promise<void> {
  try {
    await mkdir(path);
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return;
    if (code !== 'ENOENT' || dirname(path) === path) throw thrown;
    await makeFolder(dirname(path), undo);
    await mkdir(path);
  }
  undo.push(() => rm(path, { recursive: true, force: true }));
}

async function put(
  path: string,
  at: { readonly folder: string; readonly staging: string; readonly undo: (() => Promise<unknown>)[] },
): Promise<void> {
  const target = join(at.folder, path);
  const old = join(at.staging, 'old', path);
  await mkdir(dirname(old), { recursive: true });
  const hadOne = await rename(target, old).then(
    () => true,
    (thrown: NodeJS.ErrnoException) => {
      if (thrown.code === 'ENOENT') return false;
      throw thrown;
    },
  );
  at.undo.push(() => (hadOne ? rename(old, target) : rm(target, { force: true })));
  await rename(join(at.staging, 'new', path), target);
}
