import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isFree, takeLock } from './lock.ts';

let folder: string;
let path: string;
let others: ChildProcess[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plumbline lock '));
  path = join(folder, '.lock');
  others = [];
});

afterEach(async () => {
  for (const other of others) {
    if (other.exitCode === null && other.signalCode === null) {
      const gone = once(other, 'exit');
      process.kill(-(other.pid as number), 'SIGKILL');
      await gone;
    }
  }
  rmSync(folder, { recursive: true, force: true });
});

/** Another process, whose script has the lock file's path as $1 and says "held" when it is where the test wants it. */
async function other(script: string): Promise<number> {
  const child = spawn('bash', ['-c', script, 'bash', path], { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  others.push(child);
  await once(child.stdout as NodeJS.ReadableStream, 'data');
  return child.pid as number;
}

function take(holder = 'me') {
  const taken = takeLock(path, holder);
  if (!taken.ok) throw new Error(taken.failure.message);
  return taken.value;
}

const refusal = () => {
  const refused = takeLock(path, 'another');
  if (refused.ok) throw new Error('it was taken');
  return refused.failure;
};

describe('a lock', () => {
  it('must be had by one at a time, and name who has it for as long as that is so', () => {
    const first = take('run 1');
    expect(refusal()).toMatchObject({ code: 'E_ENV_LOCKED', message: `another run holds ${path}: run 1` });
    first.release();
    expect(readFileSync(path, 'utf8')).toBe('');
    const second = take('run 2');
    expect(refusal().message).toContain('run 2');
    second.release();
  });

  it('must not be refused because somebody asks about it, and must be where somebody has it', async () => {
    await other('exec 9<>"$1"; flock -s 9; echo held; sleep 0.02');
    take().release();
    await other('exec 9<>"$1"; flock -x 9; echo held; sleep 100');
    expect(refusal().code).toBe('E_ENV_LOCKED');
  });

  it('must not name a run that is gone where its next holder says who it is a little later', async () => {
    writeFileSync(path, 'run old (up, process 999999999, since then)');
    await other('exec 9<>"$1"; flock -x 9; echo held; sleep 0.3; printf "run new (up, process $$)" >"$1"; sleep 100');
    expect(refusal().message).toMatch(/: run new \(up, process \d+\)$/);
  });

  it('must name what a run that was killed left it to', async () => {
    writeFileSync(path, 'run old (up, process 999999999, since then)');
    const pid = await other('exec 9<>"$1"; flock -x 9; echo held; read -r _ < <(sleep 100)');
    expect(refusal().message).toContain('run old (up, process 999999999, since then), which left it to ');
    expect(refusal().message).toContain(`bash (process ${pid})`);
  });
});

describe('asking whether a lock is free', () => {
  it('must say so of one that nobody has, and no of one that somebody has', () => {
    const lock = take();
    expect(isFree(path)).toBe(false);
    lock.release();
    expect(isFree(path)).toBe(true);
  });

  it('must not create the file, nor change what it says', () => {
    expect(isFree(path)).toBe(true);
    expect(existsSync(path)).toBe(false);
    const lock = take('run 1');
    isFree(path);
    expect(readFileSync(path, 'utf8')).toBe('run 1');
    lock.release();
  });

  it('must say that it is free to each of those who ask at once', async () => {
    await other('exec 9<>"$1"; flock -s 9; echo held; sleep 100');
    expect(isFree(path)).toBe(true);
  });

  it('must not take what cannot be looked at for free, and what cannot be there for held', () => {
    symlinkSync(path, path);
    expect(isFree(path)).toBe(false);
    writeFileSync(join(folder, 'file'), '');
    expect(isFree(join(folder, 'file', '.lock'))).toBe(true);
  });
});
