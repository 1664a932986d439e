import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { parseExposition } from '@plumbline/formats/exposition';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { buildProgram, type Program } from '../common/testing-program.ts';
import { untilStatus } from '../loki/testing-process.ts';
import { Bench, configText, Receiver, until } from './testing-process.ts';

/** What docker gives a container before it kills it. */
const GRACE_MS = 10_000;

let program: Program;
beforeAll(async () => {
  program = await buildProgram('alloy');
});
afterAll(() => program.remove());

async function bench(): Promise<{ readonly it: Bench; readonly receiver: Receiver }> {
  const receiver = new Receiver();
  const it = await Bench.open(program, await receiver.listen());
  onTestFinished(async () => {
    await it.close();
    await receiver.close();
  });
  return { it, receiver };
}

async function sample(
  it: Bench,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<number | undefined> {
  const families = parseExposition(await (await fetch(`${it.url}/metrics`)).text());
  if (!families.ok) throw new Error(families.failure.message);
  const family = families.value.find((f) => f.name === name);
  return family?.samples.find((s) => Object.entries(labels).every(([key, value]) => s.labels[key] === value))?.value;
}

async function refused(it: Bench, ...more: string[]): Promise<string> {
  const { code, stderr } = await it.start(...more).ended;
  expect(code).toBe(1);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  return stderr.trim();
}

test('lines must arrive redacted, under their labels, and the interfaces must tell of it', async () => {
  const { it, receiver } = await bench();
  mkdirSync(join(it.logs, 'app'));
  appendFileSync(join(it.logs, 'a.log'), 'one password=secret two\n\r\ncaf\u00e9\n');
  appendFileSync(join(it.logs, 'app', 'b.log'), Buffer.from([0x62, 0xff, 0x0a]));
  it.start();
  await untilStatus(`${it.url}/-/ready`, 200);
  await until('four lines', () => receiver.stored.length === 4);
  expect(receiver.stored.map(({ labels, line }) => [labels.filename, line])).toEqual([
    ['/var/log/a.log', 'one password=[REDACTED] two'],
    ['/var/log/a.log', '\r'],
    ['/var/log/a.log', 'caf\u00e9'],
    ['/var/log/app/b.log', 'b\ufffd'],
  ]);
  expect(receiver.stored[0]?.labels).toEqual({ env: 'demo', host: 'box', job: 'varlog', filename: '/var/log/a.log' });
  expect(receiver.bodies.join()).not.toContain('secret');

  const ready = await fetch(`${it.url}/-/ready`);
  expect([await ready.text(), ready.headers.get('x-plumbline-stand-in')]).toEqual(['Alloy is ready.\n', 'alloy']);
  expect(await (await fetch(`${it.url}/-/healthy`)).text()).toBe('All Alloy components are healthy.\n');
  const path = '/host/var/log/a.log';
  await until('the answer counted', async () => (await sample(it, 'loki_write_sent_entries_total')) === 4);
  expect(await sample(it, 'loki_source_file_read_lines_total', { path, component_id: 'loki.source.file.varlog' })).toBe(
    3,
  );
  expect(await sample(it, 'loki_source_file_read_bytes_total', { path })).toBe(32);
  expect(await sample(it, 'loki_source_file_file_bytes_total', { path })).toBe(32);
  expect(await sample(it, 'loki_source_file_files_active_total')).toBe(2);
  expect(await sample(it, 'loki_source_file_encoding_failures_total', { path: '/host/var/log/app/b.log' })).toBe(1);
  expect(await sample(it, 'alloy_component_controller_running_components', { health_type: 'healthy' })).toBe(5);

  const all = (await (await fetch(`${it.url}/api/v0/web/components`)).json()) as {
    localID: string;
    referencesTo: string[];
  }[];
  expect(all.map((c) => c.localID)).toContain('loki.process.redact');
  expect(all.find((c) => c.localID === 'loki.process.redact')?.referencesTo).toEqual(['loki.write.store']);
  const one = (await (await fetch(`${it.url}/api/v0/web/components/loki.source.file.varlog`)).json()) as {
    debugInfo: object[];
  };
  const attr = (name: string, type: string, value: unknown) => ({ name, type: 'attr', value: { type, value } });
  expect(one.debugInfo[0]).toEqual({
    name: 'targets_info',
    type: 'block',
    body: [
      attr('path', 'string', path),
      attr('labels', 'string', '{job="varlog"}'),
      attr('is_running', 'bool', true),
      attr('read_offset', 'number', 32),
    ],
  });
  for (const missing of ['/api/v0/web/components/loki.none.x', '/nope'])
    expect((await fetch(it.url + missing)).status).toBe(404);
});

test('a push that fails must be sent again byte for byte, also after a kill; a refused one must be counted and left', async () => {
  const { it, receiver } = await bench();
  receiver.answers.push([500, 'busy'], [429, 'slow down'], ...Array.from({ length: 1000 }, () => [503, 'no'] as const));
  appendFileSync(join(it.logs, 'a.log'), 'one\n');
  const first = it.start();
  await until('several attempts', () => receiver.bodies.length >= 4);
  expect(await sample(it, 'loki_write_batch_retries_total')).toBeGreaterThan(2);
  await it.kill(first);
  receiver.answers.length = 0;
  it.start();
  await until('the line', () => receiver.lines.length === 1);
  expect(new Set(receiver.bodies).size).toBe(1);
  receiver.answers.push([400, 'entry too far behind\nmore']);
  const before = receiver.bodies.length;
  appendFileSync(join(it.logs, 'a.log'), 'refused\n');
  await until('the refusal', () => receiver.bodies.length > before);
  appendFileSync(join(it.logs, 'a.log'), 'two\n');
  await until('the next line', () => receiver.lines.length === 2);
  expect(receiver.lines).toEqual(['one', 'two']);
  expect(await sample(it, 'loki_write_dropped_entries_total', { reason: 'ingester_error' })).toBe(1);
});

test('lines that are too long must be dropped, counted and logged, however long they are', async () => {
  const { it, receiver } = await bench();
  const file = join(it.logs, 'a.log');
  writeFileSync(file, `ok\n${'x'.repeat(262_145)}\n${'y'.repeat(10_000_000)}\nfine\n${'z'.repeat(262_144)}\n`);
  const child = it.start();
  await until('the short lines', () => receiver.lines.length === 3);
  expect(receiver.lines.map((line) => line.length)).toEqual([2, 4, 262_144]);
  expect(
    await sample(it, 'loki_process_dropped_lines_total', {
      reason: 'line_too_long',
      component_id: 'loki.process.redact',
    }),
  ).toBe(2);
  for (const offset of [3, 262_149]) expect(child.stderr()).toContain(`filename=/host/var/log/a.log offset=${offset}`);
});

test('a file that cannot be read must be told of once and tried again', async () => {
  const { it, receiver } = await bench();
  const file = join(it.logs, 'a.log');
  symlinkSync(file, file);
  const child = it.start();
  await until('the complaint', () => child.stderr().includes('ELOOP'));
  const info = async () =>
    JSON.stringify(await (await fetch(`${it.url}/api/v0/web/components/loki.source.file.varlog`)).json());
  expect(await info()).toContain('"name":"is_running","type":"attr","value":{"type":"bool","value":false}');
  unlinkSync(file);
  writeFileSync(file, 'now\n');
  await until('the line', () => receiver.lines.includes('now'));
  expect(child.stderr().split('ELOOP').length).toBe(2);
});

test('a reload must take over a good configuration and keep the old one where the new one is bad', async () => {
  const { it, receiver } = await bench();
  it.start();
  await untilStatus(`${it.url}/-/ready`, 200);
  const sha = async () =>
    (await (await fetch(`${it.url}/metrics`)).text()).match(/alloy_config_hash\{.*sha256="(\w+)"\} 1/)?.[1];
  const before = await sha();
  const good = readFileSync(it.configFile, 'utf8');
  it.configure(`${good}\nloki.echo "x" { nope = 1 }`);
  const bad = await fetch(`${it.url}/-/reload`, { method: 'POST' });
  expect([bad.status, await bad.text()]).toEqual([
    400,
    expect.stringMatching(/^Error: \/etc\/alloy\/config\.alloy:\d+:17: unrecognized attribute name "nope"\n$/),
  ]);
  expect(await sample(it, 'alloy_config_last_load_successful')).toBe(0);
  expect(await sha()).toBe(before);
  it.configure(good.replace('env = "demo"', 'env = "other"'));
  const reloaded = await fetch(`${it.url}/-/reload`, { method: 'POST' });
  expect([reloaded.status, await reloaded.text()]).toEqual([200, 'config reloaded\n']);
  expect(await sample(it, 'alloy_config_last_load_successful')).toBe(1);
  expect(await sha()).not.toBe(before);
  appendFileSync(join(it.logs, 'a.log'), 'x\n');
  await until('the line', () => receiver.stored[0]?.labels.env === 'other');
});

test('SIGTERM must end it within its grace, and lose nothing, while the store is away', async () => {
  const { it, receiver } = await bench();
  receiver.answers.push(...Array.from({ length: 1000 }, () => [503, 'no'] as const));
  appendFileSync(join(it.logs, 'a.log'), 'one\n');
  it.configure(
    configText('remote_timeout = "30s"').replace('max_backoff_period = "100ms"', 'max_backoff_period = "60s"'),
  );
  const child = it.start();
  await until('an attempt', () => receiver.bodies.length > 0);
  const asked = Date.now();
  child.process.kill('SIGTERM');
  expect((await child.ended).code).toBe(0);
  expect(Date.now() - asked).toBeLessThan(GRACE_MS);
  receiver.answers.length = 0;
  it.start();
  await until('the line', () => receiver.lines.length === 1);
});

test('what prevents a start must be one line and exit 1', async () => {
  const { it } = await bench();
  expect(await refused(it, '--nope')).toBe('Error: unknown flag: --nope');
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(it.port, '127.0.0.1', resolve));
  expect(await refused(it)).toBe(`Error: failed to listen on 127.0.0.1:${it.port}: bind: address already in use`);
  expect(readdirSync(it.storage)).toEqual([]);
  await new Promise((resolve) => other.close(resolve));
  it.configure('loki.write "x" {\n  endpoint { }\n}\n');
  expect(await refused(it)).toBe('Error: /etc/alloy/config.alloy:2:3: missing required attribute "url"');
  it.configure(configText());
  rmSync(it.storage, { recursive: true });
  writeFileSync(it.storage, '');
  expect(await refused(it)).toContain('Error: ');
  rmSync(it.configFile);
  rmSync(it.storage);
  expect(await refused(it)).toBe('Error: could not read /etc/alloy/config.alloy: ENOENT');
});
