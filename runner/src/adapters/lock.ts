import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { err, failure, ok, type Result } from '@plumbline/contracts';

/** A lock that the kernel holds for as long as this descriptor, or a child that was given it, is open. */
export interface Lock {
  readonly fd: number;
  release(): void;
}

const HELD = 75;

/**
 * Takes the lock of a file: `flock` sets it on our own open descriptor, so no helper process lives on and a shell's
 * `flock` respects it. The file's content names the holder. `waitS` 0 does not wait.
 * E_ENV_LOCKED names the holder; E_DEPS_TOOL_MISSING where there is no flock.
 */
export function takeLock(path: string, holder: string, waitS = 0): Result<Lock> {
  let fd: number;
  try {
    fd = openSync(path, 'a+', 0o644);
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code ?? String(thrown);
    return err(failure('E_ENV_UNWRITABLE', `cannot open the lock ${path}: ${code}`, { place: { file: path } }));
  }
  const wait = waitS === 0 ? ['-n'] : ['-w', String(waitS)];
  const set = spawnSync('flock', [...wait, '-E', String(HELD), '3'], { stdio: ['ignore', 'ignore', 'pipe', fd] });
  if (set.status === 0) {
    ftruncateSync(fd);
    writeSync(fd, holder);
    return ok({ fd, release: () => closeSync(fd) });
  }
  closeSync(fd);
  if (set.error !== undefined)
    return err(
      failure('E_DEPS_TOOL_MISSING', 'flock is not on the PATH', {
        hint: 'install it: on Debian, apt-get install util-linux',
      }),
    );
  if (set.status !== HELD)
    return err(
      failure('E_ENV_UNWRITABLE', `cannot lock ${path}: ${set.stderr.toString().trim()}`, { place: { file: path } }),
    );
  return err(
    failure(
      'E_ENV_LOCKED',
      `another run holds ${path}: ${readFileSync(path, 'utf8') || 'its holder has not said who it is'}`,
    ),
  );
}

/** Whether nobody holds the lock of a file. Asking takes it for a moment, so a taker must wait a little, not give up. */
export function isFree(path: string): boolean {
  // flock(1) would create the file, and asking must not change anything.
  if (!existsSync(path)) return true;
  return spawnSync('flock', ['-n', '-E', String(HELD), path, 'true'], { stdio: 'ignore' }).status === 0;
}
