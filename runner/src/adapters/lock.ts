import { spawnSync } from 'node:child_process';
import { closeSync, constants, existsSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { codeOfWrite, err, failure, ok, type Result, reasonOf } from '@plumbline/contracts';
import { lockHolders } from './descriptor-holders.ts';

/** A lock that the kernel holds for as long as this descriptor, or a child that was given it, is open. */
export interface Lock {
  readonly fd: number;
  /** Takes the holder's name out of the file, and closes the descriptor. */
  release(): void;
}

const { O_RDWR, O_APPEND, O_CREAT, O_NOFOLLOW } = constants;
const HELD = 75;
/** Who only asks has the lock for a few milliseconds: a refusal is believed after this. */
const ASKED_S = 0.5;
/** A holder that has just taken the lock has this long to say who it is. */
const NAMED_MS = 2_000;
const POLL_MS = 20;

/**
 * Takes the lock of a file: `flock` sets it on our own open descriptor, so no helper process lives on and a shell's
 * `flock` respects it. The file's content names the holder. `waitS` is how long a holder is waited for, in seconds.
 * E_ENV_LOCKED names the holder; E_DEPS_TOOL_MISSING where there is no flock.
 */
export function takeLock(path: string, holder: string, waitS = 0): Result<Lock> {
  let fd: number;
  try {
    // A link would have another file emptied.
    fd = openSync(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW, 0o644);
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code ?? String(thrown);
    return err(
      failure(codeOfWrite(code), `cannot open the lock ${path}: ${reasonOf(code)}`, { place: { file: path } }),
    );
  }
  const set = flock(fd, ['-w', String(Math.max(waitS, ASKED_S))]);
  if (set.status === 0) {
    sayWhoHolds(fd, holder);
    const release = () => {
      // Who is refused by the next holder must not be told of this one.
      ftruncateSync(fd);
      closeSync(fd);
    };
    return ok({ fd, release });
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
  return err(failure('E_ENV_LOCKED', `another run holds ${path}: ${whoHolds(path)}`));
}

/** The lock is the kernel's: it is held also where the disk has no space for a name. */
function sayWhoHolds(fd: number, holder: string): void {
  try {
    ftruncateSync(fd);
    writeSync(fd, holder);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ENOSPC') throw thrown;
  }
}

/**
 * Whether nobody holds the lock of a file. Changes nothing: it is asked by a shared lock, which others who ask do not
 * mind, and for which those who take it wait.
 */
export function isFree(path: string): boolean {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (thrown) {
    // What cannot be looked at may be held; what is not there is not.
    return ['ENOENT', 'ENOTDIR'].includes((thrown as NodeJS.ErrnoException).code ?? '');
  }
  try {
    return flock(fd, ['-s', '-n']).status === 0;
  } finally {
    closeSync(fd);
  }
}

function flock(fd: number, options: readonly string[]) {
  return spawnSync('flock', [...options, '-E', String(HELD), '3'], { stdio: ['ignore', 'ignore', 'pipe', fd] });
}

/** The name that the holder of a lock wrote into it; where that process is gone, those that keep what it left them too. */
function whoHolds(path: string): string {
  const deadline = performance.now() + NAMED_MS;
  let said = readFileSync(path, 'utf8');
  while (!mayHold(said) && performance.now() < deadline) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, POLL_MS);
    said = readFileSync(path, 'utf8');
  }
  if (mayHold(said)) return said;
  const left = lockHolders(path).map(({ name, pid }) => `${name} (process ${pid})`);
  if (left.length === 0) return said || 'its holder has not said who it is';
  return said === '' ? left.join(', ') : `${said}, which left it to ${left.join(', ')}`;
}

/** A name of before the lock was taken is that of a run which has ended, or was killed. */
function mayHold(said: string): boolean {
  const pid = /\bprocess (\d+)\b/.exec(said)?.[1];
  return said !== '' && (pid === undefined || existsSync(`/proc/${pid}`));
}
