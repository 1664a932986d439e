import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { buildProgram, type Program } from '../common/testing-program.ts';
import { type Child, freePort, makeSite, type Site, servePage, startChild, until } from './testing.ts';

/** What docker gives a container before it kills it. */
const GRACE_MS = 10_000;

const args = [
  '--config.file=/etc/prometheus/prometheus.yml',
  '--storage.tsdb.path=/prometheus',
  '--storage.tsdb.retention.time=15d',
  '--web.listen-address=0.0.0.0:9090',
  '--web.enable-lifecycle',
];

let program: Program;
let site: Site;
let running: Child[] = [];
let port: number;

beforeAll(async () => {
  program = await buildProgram('prometheus');
});
afterAll(() => program.remove());
beforeEach(async () => {
  site = makeSite();
  port = await freePort();
});
afterEach(async () => {
  for (const { process } of running) process.kill('SIGKILL');
  await Promise.all(running.map((child) => child.ended));
  running = [];
  site.remove();
});

const config = (targets: readonly string[], more = '') =>
  `global: {scrape_interval: 100ms, evaluation_interval: 100ms}\nscrape_configs:\n  - job_name: a\n${more}    static_configs: [{targets: ${JSON.stringify(targets)}}]\n`;

function start(hosts: Readonly<Record<string, string>> = {}, flags = args): Child {
  const child = startChild(program.path, flags, site.world(port, hosts));
  running.push(child);
  return child;
}

const url = (path: string) => `http://127.0.0.1:${port}${path}`;
const ready = () => until(async () => (await fetch(url('/-/ready'))).status === 200);

async function query(
  text: string,
  time?: number,
): Promise<{ metric: Record<string, string>; value: [number, string] }[]> {
  const params = new URLSearchParams({ query: text, ...(time === undefined ? {} : { time: String(time) }) });
  const answer = (await (await fetch(url(`/api/v1/query?${params}`))).json()) as { data: { result: [] } };
  return answer.data.result;
}

test('what was scraped must survive kill -9 and a torn end of the file', async () => {
  let n = 0;
  const page = await servePage(() => `ticks_total ${++n}\n`);
  site.write(config(['app:80']));
  const first = start({ 'app:80': page.address });
  await until(async () => Number((await query('ticks_total'))[0]?.value[1]) > 3);
  const [before] = await query('ticks_total[1m]');
  first.process.kill('SIGKILL');
  await first.ended;
  page.close();
  writeFileSync(join(site.directory, 'data/stand-in/samples-00000001'), Buffer.from([9, 0, 0, 0, 1, 2]), { flag: 'a' });
  start({ 'app:80': page.address });
  await ready();
  const [after] = await query('ticks_total[1m]');
  const values = (series: unknown) => (series as { values: unknown[] }).values;
  expect(values(after).slice(0, values(before).length)).toEqual(values(before));
});

test('a target that goes must end its series at once, and up must tell', async () => {
  let text = 'shown 1\nother 2\n';
  const page = await servePage(() => text);
  site.write(config(['app:80', 'nowhere:1']));
  start({ 'app:80': page.address });
  await until(async () => (await query('shown')).length === 1);
  text = 'other 2\n';
  // Both at once: on a busy machine one scrape may be too late, which ends every series until the next.
  await until(async () => (await query('shown')).length === 0 && (await query('other')).length === 1);
  page.close();
  await until(async () => (await query('up == 0')).length === 2);
  expect(await query('other')).toHaveLength(0);
  for (const error of ['connection refused', 'no such host']) {
    await until(async () => (await (await fetch(url('/api/v1/targets'))).text()).includes(error));
  }
});

test.each([
  ['a page that is not metrics', 'this is { no page\n', 200, 'expected'],
  ['an error page', 'x 1\n', 503, 'server returned HTTP status 503'],
  ['more than the limit', 'x 1\ny 2\nz 3\n', 200, 'sample limit exceeded'],
])('%s must be scraped as down', async (_, text, status, error) => {
  const page = await servePage(() => text, status);
  site.write(config(['app:80'], '    sample_limit: 2\n'));
  start({ 'app:80': page.address });
  await until(async () => (await query('up == 0')).length === 1);
  // On a busy machine one scrape may be too late; the next says what is wrong with the page.
  await until(async () => (await (await fetch(url('/api/v1/targets'))).text()).includes(error));
  page.close();
  expect(await query('x')).toHaveLength(0);
});

test('an alert must wait for its time, fire, tell of itself, and end', async () => {
  let text = 'level{room="a"} 5\n';
  const page = await servePage(() => text);
  const rules = `groups:
  - name: g
    rules:
      - {record: "room:level:sum", expr: sum(level), labels: {kind: r}}
      - alert: High
        expr: level > 3
        for: 1s
        labels: {severity: "{{ $labels.room }}-1"}
        annotations: {summary: 'it is {{ $value | printf "%.2f" }} in {{ $labels.room }}'}
`;
  writeFileSync(join(site.directory, 'etc/r.yml'), rules);
  site.write(`rule_files: [r.yml]\n${config(['app:80'])}`);
  start({ 'app:80': page.address });
  await until(async () => (await query('ALERTS{alertstate="pending"}')).length === 1);
  expect(await query('ALERTS{alertstate="firing"}')).toHaveLength(0);
  const firing = { state: 'firing', value: '5e+00', annotations: { summary: 'it is 5.00 in a' } };
  const recorded = { metric: { kind: 'r' }, value: [expect.any(Number), '5'] };
  // Again where a scrape was too late meanwhile, which ends the series and so the alert.
  await vi.waitFor(async () => {
    expect(await query('ALERTS{alertstate="firing",severity="a-1"}')).toHaveLength(1);
    expect(await query('ALERTS{alertstate="pending"}')).toHaveLength(0);
    const { data } = (await (await fetch(url('/api/v1/alerts'))).json()) as { data: { alerts: object[] } };
    expect(data.alerts[0]).toMatchObject(firing);
    expect((await query('room:level:sum'))[0]).toMatchObject(recorded);
  }, 60_000);
  text = 'level{room="a"} 1\n';
  await until(async () => (await query('ALERTS')).length === 0);
  page.close();
});

test('a reload must bring a good configuration to work and leave a bad one out', async () => {
  site.write(config(['app:80']));
  start();
  await ready();
  const jobs = async () => (await (await fetch(url('/api/v1/status/config'))).text()).match(/job_name: \w+/g);
  site.write('nonsense: 1\n');
  const refused = await fetch(url('/-/reload'), { method: 'POST' });
  expect([refused.status, await refused.text()]).toEqual([500, expect.stringContaining('field nonsense not found')]);
  expect(await jobs()).toEqual(['job_name: a']);
  site.write(config(['app:80']).replace('job_name: a', 'job_name: b'));
  expect((await fetch(url('/-/reload'), { method: 'POST' })).status).toBe(200);
  expect(await jobs()).toEqual(['job_name: b']);
  expect((await fetch(url('/-/reload'))).status).toBe(405);
});

test('it must end within the grace of SIGTERM, a slow scrape or not', async () => {
  site.write(config(['app:80']));
  const child = start({ 'app:80': '127.0.0.1:1' });
  await ready();
  const began = Date.now();
  child.process.kill('SIGTERM');
  expect(await child.ended).toMatchObject({ code: 0, signal: null });
  expect(Date.now() - began).toBeLessThan(GRACE_MS);
});

test.each([
  ['a port that is taken', /^listen tcp 127\.0\.0\.1:\d+: bind: address already in use$/],
  ['a data directory that is a file', /^opening storage failed: .*$/],
  ['a flag that it does not know', /^Error parsing commandline arguments: unknown long flag '--nope'$/],
  ['a retention that is none', /^Error parsing commandline arguments: not a valid duration string: "x"$/],
  [
    'a file that is not there',
    /^Error loading config \(--config\.file=\/etc\/prometheus\/prometheus\.yml\): open .*no such file or directory$/,
  ],
])('%s must end it with one line', async (what, line) => {
  if (!what.includes('not there')) site.write(config([]));
  const page = await servePage(() => '');
  if (what.includes('taken')) port = Number(page.address.split(':')[1]);
  if (what.includes('directory')) writeFileSync(join(site.directory, 'data/stand-in'), '');
  const more = what.includes('flag')
    ? ['--nope']
    : what.includes('retention')
      ? ['--storage.tsdb.retention.time=x']
      : [];
  const { code, stderr } = await start({}, [...args, ...more]).ended;
  page.close();
  expect(stderr.trimEnd()).toMatch(line);
  expect(code).toBe(1);
});

test('malformed requests of any kind must not end it, and every answer must say whose it is', async () => {
  site.write(config([]));
  start();
  await ready();
  let seed = 11;
  const random = (n: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed % n;
  };
  const marks = [
    '{',
    '}',
    '"',
    '=',
    '=~',
    '(',
    ')',
    '[',
    '5m',
    ']',
    'sum',
    'rate',
    'by',
    'up',
    ' ',
    '1',
    '-',
    '^',
    '\u0000',
    'é',
    '%',
    'offset',
    'le',
    ',',
    '`',
    '\\',
  ];
  const allowed = [200, 400, 422];
  for (let n = 0; n < 300; n += 1) {
    const text = Array.from({ length: random(14) }, () => marks[random(marks.length)]).join('');
    const params = new URLSearchParams({
      query: text,
      'match[]': text,
      start: '1',
      end: '9',
      step: '1',
      time: String(n),
    });
    const path = ['query', 'query_range', 'series', 'labels'][n % 4];
    const response = await fetch(url(`/api/v1/${path}?${params}`));
    await response.text();
    expect([text, allowed.includes(response.status)]).toEqual([text, true]);
    expect(response.headers.get('x-plumbline-stand-in')).toBe('prometheus');
  }
  const deep = `${'('.repeat(5000)}1${')'.repeat(5000)}`;
  const posted = await fetch(url('/api/v1/query'), { method: 'POST', body: new URLSearchParams({ query: deep }) });
  expect(posted.status).toBe(400);
  const large = await fetch(url('/api/v1/query'), { method: 'POST', body: 'x'.repeat(2_000_000) });
  expect(large.status).toBe(413);
  for (const text of ['\r\n\r\n', 'GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n', 'GET // HTTP/1.1\r\nHost: x\r\n\r\n']) {
    const answer = await new Promise<string>((resolve) => {
      let got = '';
      const socket = connect(port, '127.0.0.1', () => socket.end(text));
      socket.on('data', (chunk) => {
        got += String(chunk);
      });
      socket.on('error', () => resolve('reset'));
      socket.on('close', () => resolve(got.split('\r\n')[0] ?? ''));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 4|^reset$|^$/);
  }
  expect((await fetch(url('/-/healthy'))).status).toBe(200);
});
