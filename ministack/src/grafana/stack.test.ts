import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderTemplate } from '@plumbline/formats/template';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { basic, buildProgram, freePort, makePlace, type Program, startChild, until, untilHealthy } from './testing.ts';

let grafana: Program;
let loki: Program;
let prometheus: Program;

beforeAll(async () => {
  [grafana, loki, prometheus] = [
    await buildProgram('grafana'),
    await buildProgram('loki'),
    await buildProgram('prometheus'),
  ];
});

afterAll(() => {
  for (const program of [grafana, loki, prometheus]) program.remove();
});

const folder = join(import.meta.dirname, '../../../config/stacks/observability/templates');
const templates = new Map(
  ['grafana', 'loki'].flatMap((service) =>
    readdirSync(join(folder, service), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')] as const),
  ),
);

/** The configuration of a service as the stack renders it, by its path in the container's directory. */
function rendered(service: string): Readonly<Record<string, string>> {
  const model = {
    services: { grafana: { port: 3000 }, loki: { port: 3100 }, prometheus: { port: 9090 } },
    limits: { retention: '720h' },
  };
  const names = [...templates.keys()].filter((name) => name.startsWith(`${service}/`));
  return Object.fromEntries(
    names.map((name) => {
      const text = renderTemplate(templates, name, model);
      if (!text.ok) throw new Error(text.failure.message);
      return [`etc/${name.slice(service.length + 1).replace(/\.j2$/, '')}`, text.value];
    }),
  );
}

interface Backend {
  readonly program: Program;
  readonly service: string;
  readonly port: string;
  readonly args: readonly string[];
  readonly data: string;
  readonly files: Readonly<Record<string, string>>;
  readonly hosts?: Readonly<Record<string, string>>;
}

/** Starts a stand-in of another service, with a place of its own; its address is answered when it is ready. */
async function startBackend({ program, service, port, args, data, files, hosts = {} }: Backend): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), `plumbline-grafana-${service}-`));
  const host = { host: '127.0.0.1', port: await freePort() };
  for (const name of ['etc', 'data']) mkdirSync(join(directory, name));
  for (const [path, text] of Object.entries(files)) writeFileSync(join(directory, path), text);
  const mounts = [
    { target: `/etc/${service}`, source: join(directory, 'etc'), read_only: true },
    { target: data, source: join(directory, 'data'), read_only: false },
  ];
  const world = { service, hostname: service, environment: {}, listen: { [port]: host }, hosts, mounts };
  const child = startChild(program, world, args);
  onTestFinished(async () => {
    child.process.kill('SIGKILL');
    await child.ended;
    rmSync(directory, { recursive: true, force: true });
  });
  const ready = service === 'loki' ? '/ready' : '/-/ready';
  const address = `127.0.0.1:${host.port}`;
  await until(`a ready ${service}`, async () => {
    if (child.process.exitCode !== null) return 'ended';
    return (await fetch(`http://${address}${ready}`)).status === 200 ? 'ready' : undefined;
  });
  expect(child.process.exitCode, child.stderr()).toBe(null);
  return address;
}

interface Panel {
  readonly title: string;
  readonly type: string;
  readonly targets: readonly Target[];
}

interface Target {
  readonly expr: string;
  readonly queryType?: string;
  readonly instant?: boolean;
  readonly datasource: { readonly uid: string };
}

interface Series {
  readonly metric?: Readonly<Record<string, string>>;
  readonly values?: readonly (readonly [unknown, string])[];
  readonly value?: readonly [unknown, string];
}

const headers = basic('admin');

async function get(url: string): Promise<unknown> {
  return (await fetch(url, { headers })).json();
}

async function panelsOf(url: string, uid: string): Promise<readonly Panel[]> {
  return ((await get(`${url}/api/dashboards/uid/${uid}`)) as { dashboard: { panels: readonly Panel[] } }).dashboard
    .panels;
}

/** What a target shows through the data source proxy, with everything chosen and this searched for. */
async function ask(url: string, { expr, queryType, instant, datasource: { uid } }: Target): Promise<readonly Series[]> {
  // Rates are asked of as many seconds as the test has seen: over longer spans they would be those of a start.
  const range = uid === 'loki' ? '10m' : '6s';
  const query = expr
    .replace(/\$(?:job|host|instance)\b/g, '.+')
    .replace('$search', 'TIMED +OUT')
    .replace(/\$__\w+/g, range)
    .replace(/(rate\(node_cpu\S+ \S+)\[5m\]/, `$1[${range}]`);
  const nowS = Date.now() / 1000;
  const times = { start: String(nowS - 300), end: String(nowS), step: '15' };
  const single = instant === true || queryType === 'instant';
  const params = new URLSearchParams(single ? { query } : { query, ...times });
  const api = uid === 'loki' ? 'loki/api/v1' : 'api/v1';
  const path = `${api}/${single ? 'query' : 'query_range'}?${params}`;
  const response = await fetch(`${url}/api/datasources/proxy/uid/${uid}/${path}`, { headers });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${query}: ${response.status} ${text}`);
  return (JSON.parse(text) as { data: { result: readonly Series[] } }).data.result;
}

test('the stack’s own files must start it without a warning, and its panels must show what Loki holds', async () => {
  const config = { port: '3100', args: ['-config.file=/etc/loki/loki.yml'], data: '/loki', files: rendered('loki') };
  const lokiHost = await startBackend({ program: loki, service: 'loki', ...config });
  const place = await makePlace(grafana, rendered('grafana'));
  const child = place.start({ hosts: { 'loki:3100': lokiHost } });
  await untilHealthy(place);
  expect(child.stderr()).not.toMatch(/level=(?:warn|error)/);

  const now = BigInt(Date.now()) * 1_000_000n;
  const lines = ['GET / 200', 'an Error: disk is full', 'login FAILED for eve', 'terrorised nobody', 'timed   out'];
  const values = lines.map((line, n) => [String(now - BigInt(n) * 1_000_000_000n), line]);
  const stream = { env: 'demo', host: 'node-1', job: 'varlog' };
  const pushed = await fetch(`http://${lokiHost}/loki/api/v1/push`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ streams: [{ stream, values }] }),
  });
  expect(pushed.status).toBe(204);

  expect(await get(`${place.url}/api/datasources/uid/loki/health`)).toMatchObject({ status: 'OK' });
  const found = (await get(`${place.url}/api/search?type=dash-db`)) as { uid: string }[];
  expect(found.map(({ uid }) => uid)).toEqual(['plumbline-hosts', 'plumbline-logs']);
  const shown: Record<string, unknown> = {};
  for (const { title, type, targets } of await panelsOf(place.url, 'plumbline-logs')) {
    const [target] = targets.filter(({ datasource }) => datasource.uid === 'loki');
    if (target === undefined) continue;
    const result = await ask(place.url, target);
    shown[title] =
      type === 'logs'
        ? result.flatMap((r) => r.values ?? []).map(([, line]) => line)
        : result.map((r) => r.value?.[1] ?? Math.max(...(r.values ?? []).map(([, value]) => Number(value))));
  }
  expect(shown).toEqual({
    Lines: ['5'],
    'Error lines': ['2'],
    'Jobs that wrote in the last 5 minutes': ['1'],
    'Log volume by job': [5],
    'Error lines by job': [2],
    'Errors, newest first': ['an Error: disk is full', 'login FAILED for eve'],
    'Lines that match the search': ['timed   out'],
  });
});

/** What exporters would say of one host and one container, for this test only; counters grow by the second. */
function exposition(): string {
  const seconds = Date.now() / 1000;
  return `${[
    'node_load1 0.5',
    'node_load5 0.4',
    'node_load15 0.3',
    `node_cpu_seconds_total{cpu="0",mode="idle"} ${seconds * 0.5}`,
    `node_cpu_seconds_total{cpu="0",mode="user"} ${seconds * 0.5}`,
    'node_memory_MemAvailable_bytes 4e9',
    'node_memory_MemTotal_bytes 16e9',
    'node_filesystem_avail_bytes{device="/dev/a",fstype="ext4",mountpoint="/"} 2e9',
    'node_filesystem_size_bytes{device="/dev/a",fstype="ext4",mountpoint="/"} 40e9',
    'node_filesystem_avail_bytes{device="t",fstype="tmpfs",mountpoint="/run"} 0',
    'node_filesystem_size_bytes{device="t",fstype="tmpfs",mountpoint="/run"} 1e9',
    `node_network_receive_bytes_total{device="eth0"} ${seconds * 1000}`,
    `node_network_receive_bytes_total{device="lo"} ${seconds * 9999}`,
    `node_network_transmit_bytes_total{device="eth0"} ${seconds * 500}`,
    `container_cpu_usage_seconds_total{name="web",cpu="total"} ${seconds * 0.5}`,
    `container_cpu_usage_seconds_total{name="",cpu="total"} ${seconds * 3}`,
    'container_memory_working_set_bytes{name="web"} 1e8',
    'loki_discarded_samples_total{reason="rate_limited"} 0',
    'loki_write_dropped_entries_total{reason="ingester_error"} 0',
    'loki_process_dropped_lines_total{reason="line_too_long"} 0',
    'loki_write_batch_retries_total 0',
  ].join('\n')}\n`;
}

const scrape = `global: { scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s }
rule_files: [/etc/prometheus/rules.yml]
scrape_configs:
  - job_name: host-monitor
    static_configs: [{ targets: ["host-monitor:9100"] }]
  - job_name: docker-metrics
    static_configs: [{ targets: ["docker-metrics:8080"] }]
`;
const rules =
  'groups: [{ name: test, rules: [{ alert: TargetDown, expr: up == 0, labels: { severity: critical } }] }]\n';

test('the panels must show what Prometheus has scraped', async () => {
  const exporter = createServer((_, response) => response.end(exposition()));
  await new Promise<void>((resolve) => exporter.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => void exporter.close(() => resolve())));
  const address = exporter.address();
  const host = `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  const prometheusHost = await startBackend({
    program: prometheus,
    service: 'prometheus',
    port: '9090',
    args: ['--config.file=/etc/prometheus/prometheus.yml', '--storage.tsdb.path=/prometheus'],
    data: '/prometheus',
    files: { 'etc/prometheus.yml': scrape, 'etc/rules.yml': rules },
    hosts: { 'host-monitor:9100': host, 'docker-metrics:8080': `127.0.0.1:${await freePort()}` },
  });
  const place = await makePlace(grafana, rendered('grafana'));
  place.start({ hosts: { 'prometheus:9090': prometheusHost } });
  await untilHealthy(place);
  expect(await get(`${place.url}/api/datasources/uid/prometheus/health`)).toMatchObject({ status: 'OK' });

  const panels = [...(await panelsOf(place.url, 'plumbline-hosts')), ...(await panelsOf(place.url, 'plumbline-logs'))];
  const seen = {
    expr: '(count_over_time(node_load1[6s]) >= 5) and on() ALERTS',
    instant: true,
    datasource: { uid: 'prometheus' },
  };
  await until('five scrapes and an alert', async () => ((await ask(place.url, seen)).length > 0 ? true : undefined));
  const shown: Record<string, readonly (readonly number[])[]> = {};
  for (const { title, targets } of panels) {
    for (const target of targets.filter(({ datasource }) => datasource.uid === 'prometheus')) {
      const result = await ask(place.url, target);
      const newest = result.map(({ value, values }) => Number((value ?? values?.at(-1))?.[1]));
      shown[title] = [...(shown[title] ?? []), newest.map((n) => Math.round(n * 10) / 10)];
    }
  }
  expect(shown).toMatchObject({
    'Targets up': [[1]],
    'Targets down': [[1]],
    'Firing alerts': [[1]],
    'Memory used': [[75], [75]],
    'Least disk free': [[5]],
    Targets: [[0, 1]],
    Alerts: [[1]],
    'Disk free': [[5]],
    Load: [[0.5], [0.4], [0.3], [1]],
    'Memory by container': [[100_000_000]],
    'Lines lost on the way in 10 minutes': [[0]],
    'Ingestion errors': [[0], [0], [0], [0]],
  });
  for (const [title, near] of [
    ['CPU busy', [50, 50]],
    ['Network', [1000, -500]],
    ['CPU by container', [0.5]],
  ] as const) {
    const values = shown[title]?.map(([value]) => value ?? Number.NaN) ?? [];
    expect(values, title).toHaveLength(near.length);
    for (const [n, value] of values.entries())
      expect(Math.abs(value / (near[n] ?? 0) - 1), `${title}: ${value}`).toBeLessThan(0.35);
  }
});
