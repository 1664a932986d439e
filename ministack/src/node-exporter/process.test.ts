import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseExposition } from '@plumbline/formats/exposition';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { buildProgram, type Program } from '../common/testing-program.ts';
import { type Child, freePort, startChild, until } from '../prometheus/testing.ts';

/** What docker gives a container before it kills it. */
const GRACE_MS = 10_000;

let programs: Readonly<Record<string, Program>>;
let root: string;
let port: number;
let running: Child | undefined;

beforeAll(async () => {
  const names = ['node-exporter', 'cadvisor'];
  programs = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await buildProgram(name)])));
});
afterAll(() => {
  for (const program of Object.values(programs)) program.remove();
});
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'plumbline-host-'));
  port = await freePort();
});
afterEach(async () => {
  running?.process.kill('SIGKILL');
  await running?.ended;
  rmSync(root, { recursive: true, force: true });
});

function start(name: string, args: readonly string[], source: string, container: string, target: string): Child {
  const listen = { [container]: { host: '127.0.0.1', port } };
  const mounts = [{ target, source, read_only: true }];
  running = startChild((programs[name] as Program).path, args, {
    service: name,
    hostname: name,
    environment: {},
    listen,
    hosts: {},
    mounts,
  });
  return running;
}

async function figures(): Promise<Map<string, number>> {
  let text = '';
  await until(async () => {
    const response = await fetch(`http://127.0.0.1:${port}/metrics`);
    text = await response.text();
    return response.status === 200;
  });
  const parsed = parseExposition(text);
  if (!parsed.ok) throw new Error(parsed.failure.message);
  const samples = parsed.value.flatMap((family) => family.samples);
  return new Map(samples.map((s) => [[s.name, ...Object.values(s.labels)].join(' '), s.value]));
}

const below = ['--path.rootfs=/host', '--path.procfs=/host/proc', '--path.sysfs=/host/sys'];

test('the exporter must give what is written, and nothing where nothing can be read', async () => {
  mkdirSync(join(root, 'proc/sys/fs'), { recursive: true });
  writeFileSync(join(root, 'proc/loadavg'), '0.25 1.50 2.00 1/100 4242\n');
  writeFileSync(join(root, 'proc/meminfo'), 'MemTotal:  2048 kB\nHugePages_Total: 3\nActive(anon): 4 kB\n');
  writeFileSync(
    join(root, 'proc/stat'),
    'cpu  1 2\ncpu0 100 0 300 0 0 0 0 0 0 0\nintr 5 1\nctxt 6\nbtime 7\nprocesses 8\n',
  );
  start('node-exporter', below, root, '9100', '/host');
  const found = await figures();
  expect(found.get('node_load1')).toBe(0.25);
  expect(found.get('node_memory_MemTotal_bytes')).toBe(2_097_152);
  expect(found.get('node_memory_HugePages_Total')).toBe(3);
  expect(found.get('node_memory_Active_anon_bytes')).toBe(4096);
  expect(found.get('node_cpu_seconds_total 0 system')).toBe(3);
  const success = (name: string) => found.get(`node_scrape_collector_success ${name}`);
  expect([success('loadavg'), success('meminfo'), success('cpu')]).toEqual([1, 1, 1]);
  // This stat lacks procs_running: its collector gives none of its figures, rather than some made up.
  expect([success('stat'), success('filesystem'), success('diskstats'), success('uname')]).toEqual([0, 0, 0, 0]);
  expect([...found.keys()].filter((key) => /^node_(?:boot|context|filesystem|disk|uname)/.test(key))).toEqual([]);
});

test('cAdvisor must show the groups of either version, and only Docker’s own where that is asked', async () => {
  const id = 'a'.repeat(64);
  const group = join(root, 'fs/cgroup');
  for (const path of ['', 'user.slice', `system.slice/docker-${id}.scope`]) {
    mkdirSync(join(group, path), { recursive: true });
    writeFileSync(join(group, path, 'cpu.stat'), 'usage_usec 2500000\nuser_usec 1500000\nsystem_usec 1000000\n');
    writeFileSync(join(group, path, 'memory.current'), '4096\n');
    writeFileSync(join(group, path, 'memory.stat'), 'anon 1000\nfile 2000\ninactive_file 96\n');
  }
  writeFileSync(join(group, 'cgroup.controllers'), 'cpu memory\n');
  start('cadvisor', ['--port=8080', '--docker_only=true', '--housekeeping_interval=1s'], root, '8080', '/sys');
  const found = await figures();
  const docker = `/system.slice/docker-${id}.scope`;
  expect(found.get('container_cpu_usage_seconds_total / total')).toBe(2.5);
  expect(found.get(`container_memory_working_set_bytes ${docker}`)).toBe(4000);
  expect(found.has('container_memory_usage_bytes /user.slice')).toBe(false);
  expect(found.has('machine_memory_bytes')).toBe(false);
  expect(await (await fetch(`http://127.0.0.1:${port}/healthz`)).text()).toBe('ok');
  running?.process.kill('SIGTERM');
  await running?.ended;
  start('cadvisor', ['-port', '8080'], root, '8080', '/sys');
  expect((await figures()).get('container_memory_usage_bytes /user.slice')).toBe(4096);
});

test.each([
  ['node-exporter', ['--nope'], "node_exporter: error: unknown long flag '--nope', try --help"],
  ['node-exporter', ['--web.listen-address=:1'], 'port 1 is not one that the stack gives to node-exporter'],
  ['cadvisor', ['--nope'], 'flag provided but not defined: -nope'],
  ['cadvisor', ['--docker_only=maybe'], 'invalid value "maybe" for flag -docker_only: parse error'],
])('%s %o must end with one line', async (name, args, line) => {
  const { code, stderr } = await start(name, args, root, '9', '/host').ended;
  expect([code, stderr.trim()]).toEqual([1, line]);
});

test.each([
  ['node-exporter', '9100', [] as readonly string[], '/proc'],
  ['cadvisor', '8080', ['--port=8080'], '/sys'],
])('%s must end soon after SIGTERM, and say where its port is taken', async (name, container, args, target) => {
  const first = start(name, args, target, container, target);
  await figures();
  const second = start(name, args, target, container, target);
  expect(await second.ended).toMatchObject({ code: 1, stderr: expect.stringMatching(/address already in use\n$/) });
  const began = Date.now();
  first.process.kill('SIGTERM');
  expect(await first.ended).toMatchObject({ code: 0 });
  expect(Date.now() - began).toBeLessThan(GRACE_MS);
});
