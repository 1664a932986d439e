import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createScrubber, REDACTED } from '@plumbline/contracts';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { createBoundedOutput } from './bounded-output.ts';
import { createProcesses } from './process.ts';

const SECRET = 'sentinel-of-a-chïld';
const folder = mkdtempSync(join(tmpdir(), 'plumb process '));
afterAll(() => rmSync(folder, { recursive: true }));

const processes = createProcesses(createScrubber([SECRET]));
const run = (script: string, signal = new AbortController().signal) =>
  processes.run({
    argv: ['/bin/bash', '-c', script],
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', folder },
    signal,
  });
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function eventually(what: string, condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function pidIn(name: string): number | undefined {
  try {
    return Number(readFileSync(join(folder, name), 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

describe('a process', () => {
  it('must tell its code, its signal, or why it did not start, and what it said on both streams', async () => {
    const good = await run('echo out; echo err >&2');
    expect(good).toMatchObject({ exit: { kind: 'code', code: 0 }, leftBehind: false });
    expect(text(good.output.head).split('\n').sort()).toEqual(['', 'err', 'out']);
    expect(text(good.stdout.head)).toBe('out\n');
    expect((await run('exit 3')).exit).toEqual({ kind: 'code', code: 3 });
    expect((await run('kill -SEGV $$')).exit).toEqual({ kind: 'signal', signal: 'SIGSEGV' });
    const none = { cwd: folder, env: {}, signal: new AbortController().signal };
    expect((await processes.run({ ...none, argv: ['no-such-program'] })).exit).toEqual({
      kind: 'not_started',
      errno: 'ENOENT',
    });
    expect((await processes.run({ ...none, argv: ['a\0b'] })).exit).toMatchObject({ kind: 'not_started' });
  });

  it('must say no secret, also where it writes one in pieces to one stream, and to the other in between', async () => {
    const [one, two] = [Buffer.from(SECRET).subarray(0, 15), Buffer.from(SECRET).subarray(15)];
    const octal = (bytes: Buffer) => [...bytes].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
    const end = await run(`printf 'a ${octal(one)}' >&2; echo out; printf '${octal(two)} z' >&2`);
    expect(text(end.output.head).replace('out\n', '')).toBe(`a ${REDACTED} z`);
    // Half of it is none, and is told.
    expect(text((await run(`printf 'a ${octal(one)}'`)).output.head)).toBe(`a ${text(one)}`);
  });

  it('must say whole lines on both streams, also where the end of one may be the start of a secret', async () => {
    // The base64 of the secret begins with a c, and base64 may be broken into lines.
    const end = await run('for n in {1..50}; do echo abc; echo error >&2; done');
    const lines = text(end.output.head).split('\n');
    expect(lines.filter((line) => line === 'abc')).toHaveLength(50);
    expect(lines.filter((line) => line === 'error')).toHaveLength(50);
  });

  it('must have nothing on its stdin, and no variable that it was not given', async () => {
    expect(text((await run('cat; env | cut -d= -f1 | sort')).output.head).split('\n')).toEqual([
      'PATH',
      'PWD',
      'SHLVL',
      '_',
      'folder',
      '',
    ]);
  });

  it('must be asked to end with its whole group, and be given the time to', async () => {
    const stop = new AbortController();
    const end = run('trap "echo ended; exit 4" TERM; sleep 1000 & echo $! >one; wait', stop.signal);
    await eventually('the grandchild to start', () => pidIn('one') !== undefined);
    stop.abort();
    expect((await end).exit).toEqual({ kind: 'code', code: 4 });
    expect(text((await end).output.head)).toBe('ended\n');
    expect(isAlive(pidIn('one') as number)).toBe(false);
  });

  it('that does not end when it is asked to must be killed after the grace', async () => {
    const stop = new AbortController();
    const end = run('trap "" TERM; echo $$ >two; while :; do sleep 1000; done', stop.signal);
    await eventually('it to start', () => pidIn('two') !== undefined);
    stop.abort();
    expect((await end).exit).toEqual({ kind: 'signal', signal: 'SIGKILL' });
  });

  it('that leaves a child holding its output must not be waited for, and the child must end', async () => {
    const end = await run('sleep 1000 & echo $! >three; echo said');
    expect(end).toMatchObject({ exit: { kind: 'code', code: 0 }, leftBehind: true });
    expect(text(end.output.head)).toBe('said\n');
    expect(isAlive(pidIn('three') as number)).toBe(false);
  });

  it('that leaves a daemon in a session of its own must not be waited for', async () => {
    const end = await run(`setsid bash -c 'echo $$ >four; exec sleep 1000' & echo said; until [ -s four ]; do :; done`);
    expect(end.exit).toEqual({ kind: 'code', code: 0 });
    expect(text(end.output.head)).toBe('said\n');
    process.kill(pidIn('four') as number, 'SIGKILL');
  });

  it('that is still there when this process must end at once must be killed', async () => {
    const end = run('trap "" TERM; echo $$ >five; while :; do sleep 1000; done');
    await eventually('it to start', () => pidIn('five') !== undefined);
    processes.killAll();
    expect((await end).exit).toEqual({ kind: 'signal', signal: 'SIGKILL' });
  });
});

describe('what is kept of an output', () => {
  it('must be its first and its last bytes, and the number of those between', () => {
    const chunks = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 12 });
    fc.assert(
      fc.property(chunks, fc.integer({ min: 1, max: 16 }), (parts, limit) => {
        const output = createBoundedOutput(limit);
        for (const part of parts) output.push(part);
        const all = Buffer.concat(parts);
        const { head, tail, cut } = output.kept();
        expect(text(head)).toBe(text(all.subarray(0, limit)));
        expect(Buffer.from(tail)).toEqual(all.subarray(Math.max(limit, all.length - limit)));
        expect(cut).toBe(Math.max(0, all.length - 2 * limit));
      }),
      { seed: 20260301 },
    );
  });
});
