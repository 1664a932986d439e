import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { err, failure, ok, type Result } from '@plumbline/contracts';

/**
 * A file as a process sees it, through /proc/<pid>/root: its own mounts, not what the host now has at their sources
 * (features.md, decision 2). undefined where there is none. A link on the way would lead out to the host's own root, so it
 * is not followed: E_ENV_UNREADABLE, as where this user may not look.
 */
export async function readMounted(pid: number, path: string): Promise<Result<Uint8Array | undefined>> {
  const root = `/proc/${pid}/root`;
  const parts = path.split('/').filter((part) => part !== '');
  let at = root;
  try {
    for (const part of parts) {
      at = `${at}/${part}`;
      if ((await lstat(at)).isSymbolicLink()) return unread(path, `${at} is a link`);
    }
    const file = await open(at, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      return ok(new Uint8Array(await file.readFile()));
    } finally {
      await file.close();
    }
  } catch (thrown) {
    const { code = String(thrown) } = thrown as NodeJS.ErrnoException;
    if (code !== 'ENOENT') return unread(path, code === 'EACCES' ? 'only root may look into a container' : code);
    // The process itself may be what is gone.
    return (await isThere(root)) ? ok(undefined) : unread(path, 'its process has ended');
  }
}

async function isThere(root: string): Promise<boolean> {
  return lstat(root).then(
    () => true,
    () => false,
  );
}

function unread(path: string, why: string): Result<never> {
  return err(failure('E_ENV_UNREADABLE', `cannot read ${path} as it is mounted: ${why}`));
}
