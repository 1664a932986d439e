import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { buildProgram, type Program } from '../common/testing-program.ts';
import { configText, worldOf, writeConfig } from './testing.ts';
import { type Child, freePort, startProgram, untilStatus } from './testing-process.ts';

/** What docker gives a container before it kills it. */
const GRACE_MS = 10_000;

let program: Program;
const args = ['-config.file=/etc/loki/loki.yml'];

beforeAll(async () => {
  program = await buildProgram('loki');
});

afterAll(() => program.remove());

interface Place {
  readonly directory: string;
  readonly url: string;
  readonly port: number;
  start(): Child;
}

async function place(config = configText()): Promise<Place> {
  const directory = mkdtempSync(join(tmpdir(), 'plumbline-loki-process-'));
  const port = await freePort();
  writeConfig(directory, 'loki.yml', config);
  const children: Child[] = [];
  onTestFinished(async () => {
    for (const child of children) child.process.kill('SIGKILL');
    await Promise.all(children.map((child) => child.ended));
    rmSync(directory, { recursive: true, force: true });
  });
  const start = () => {
    const child = startProgram(program, args, worldOf(directory, port));
    children.push(child);
    return child;
  };
  return { directory, port, url: `http://127.0.0.1:${port}`, start };
}

const now = () => BigInt(Date.now()) * 1_000_000n;

async function push(url: string, values: readonly (readonly [string, string])[]): Promise<number> {
  const body = JSON.stringify({ streams: [{ stream: { job: 'kept' }, values }] });
  const response = await fetch(`${url}/loki/api/v1/push`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  await response.text();
  return response.status;
}

async function lines(url: string): Promise<readonly string[]> {
  const query = new URLSearchParams({ query: '{job="kept"}', direction: 'forward', limit: '5000' });
  const answer = (await (await fetch(`${url}/loki/api/v1/query_range?${query}`)).json()) as {
    data: { result: { values: [string, string][] }[] };
  };
  return answer.data.result.flatMap((r) => r.values).map(([, line]) => line);
}

test('what was acknowledged must be there after kill -9, and a push that comes again must not be stored twice', async () => {
  const { url, start } = await place();
  const first = start();
  await untilStatus(`${url}/ready`, 200);
  const t = now();
  const pushed = Array.from({ length: 50 }, (_, n): [string, string] => [String(t - BigInt(50 - n)), `line ${n}`]);
  for (let n = 0; n < 50; n += 10) expect(await push(url, pushed.slice(n, n + 10))).toBe(204);
  first.process.kill('SIGKILL');
  expect((await first.ended).signal).toBe('SIGKILL');
  start();
  await untilStatus(`${url}/ready`, 200);
  expect(await lines(url)).toEqual(pushed.map(([, line]) => line));
  expect(await push(url, pushed)).toBe(204);
  expect(await push(url, [[String(t), 'new'], ...pushed.slice(3, 5)])).toBe(204);
  expect(await lines(url)).toEqual([...pushed.map(([, line]) => line), 'new']);
});

test('a torn last record must be dropped, and what stands before and comes after must stay', async () => {
  const { url, directory, start } = await place();
  const first = start();
  await untilStatus(`${url}/ready`, 200);
  const t = now();
  expect(await push(url, [[String(t), 'whole']])).toBe(204);
  expect(await push(url, [[String(t + 1n), 'torn']])).toBe(204);
  first.process.kill('SIGKILL');
  await first.ended;
  const folder = join(directory, 'data/stand-in');
  const segment = join(folder, readdirSync(folder)[0] ?? '');
  truncateSync(segment, statSync(segment).size - 5);
  const second = start();
  await untilStatus(`${url}/ready`, 200);
  expect(await lines(url)).toEqual(['whole']);
  expect(await push(url, [[String(t + 2n), 'after']])).toBe(204);
  second.process.kill('SIGKILL');
  await second.ended;
  start();
  await untilStatus(`${url}/ready`, 200);
  expect(await lines(url)).toEqual(['whole', 'after']);
});

test('SIGTERM must end it within its grace with exit 0, an open connection notwithstanding', async () => {
  const { url, start } = await place();
  const child = start();
  await untilStatus(`${url}/ready`, 200);
  const began = Date.now();
  child.process.kill('SIGTERM');
  expect((await child.ended).code).toBe(0);
  expect(Date.now() - began).toBeLessThan(GRACE_MS);
});

test('it must not be ready before min_ready_duration has passed, and must say why', async () => {
  const { url, start } = await place(configText({ minReady: '5s' }));
  start();
  const early = await untilStatus(`${url}/ready`, 503);
  expect(await early.text()).toBe('Ingester not ready: waiting for 5s after being ready\n');
  expect(await (await untilStatus(`${url}/ready`, 200)).text()).toBe('ready\n');
});

test('a taken port must be one clear line and exit 1', async () => {
  const { port, start } = await place();
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(port, '127.0.0.1', resolve));
  const { code, stderr } = await start().ended;
  holder.close();
  expect(code).toBe(1);
  expect(stderr).toBe(
    `cannot listen on 127.0.0.1:${port}: listen EADDRINUSE: address already in use 127.0.0.1:${port}\n`,
  );
});

test('a data directory that cannot be written must be one clear line and exit 1', async () => {
  const { directory } = await place();
  const world = worldOf(directory, 0);
  rmSync(join(directory, 'data'), { recursive: true });
  writeFileSync(join(directory, 'data'), 'a file in the way');
  const { code, stderr } = await startProgram(program, args, world).ended;
  expect(code).toBe(1);
  expect(stderr).toContain(`the data directory ${join(directory, 'data/stand-in')} cannot be used`);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});

test.each([
  {
    args: ['-config.file=/etc/loki/loki.yml', '-no.such.flag'],
    code: 2,
    stderr: 'flag provided but not defined: -no.such.flag\n',
  },
  { args: [], code: 2, stderr: 'no config file given: use -config.file=<path>\n' },
  {
    args: ['--config.file', '/etc/loki/none.yml'],
    code: 1,
    stderr: 'failed parsing config: /etc/loki/none.yml does not exist, set config.file for custom config path\n',
  },
  { args: ['--verify-config', '--config.file=/etc/loki/loki.yml'], code: 0, stderr: '' },
])('the command line $args must end with $code', async ({ args: given, code, stderr }) => {
  const { directory } = await place();
  expect(await startProgram(program, given, worldOf(directory, 0)).ended).toEqual({ code, signal: null, stderr });
});
