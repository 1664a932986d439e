// Longer than a file should be: every comparison is made on the one pair of the real service and the stand-in that this
// file starts, and a second file would start, and wait for, a second pair.
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseExposition } from '../formats/src/exposition.ts';
import { parseYaml } from '../formats/src/yaml.ts';
import { dataPage, pinned, queries, refusedQueries } from './support/promql-cases.ts';
import {
  makePair,
  type Page,
  type Pair,
  renderedFiles,
  runProgram,
  type Side,
  servePage,
  startExporters,
  tool,
  until,
  writeFiles,
} from './support/real-prometheus.ts';

/** Debian's Prometheus is not the release that the stack pins. What differs between the two, and why. */
const differences = {
  'status/config': {
    keys: ['scrape_protocols', 'track_timestamps_staleness', 'enable_compression'],
    reason: 'options that came after 2.42 and that 2.52 prints with their defaults',
  },
  targets: { keys: ['droppedTargetCounts'], reason: 'came with 2.48' },
} as const;

let pair: Pair;
let pages: readonly Page[];
let gone: Page;
let exporters: { readonly real: string; readonly standIn: string; end(): Promise<void> };

beforeAll(async () => {
  tool('prometheus');
  tool('promtool');
  pair = await makePair();
  pages = await Promise.all([dataPage, () => 'loki_build_info 1\n', () => 'alloy_build_info 1\n'].map(servePage));
  exporters = await startExporters(pair.standInProgram('node-exporter'));
  gone = await servePage(() => 'soon_gone{a="b"} 7\n');
  writeFiles(pair.etc, configuration());
  await pair.start([pair.addresses.real, exporters.real, ...pages.map((p) => p.address), gone.address]);
  await both((side) =>
    until(`${side.name} has scraped everything`, async () => {
      const { activeTargets } = await data<Targets>(side, '/api/v1/targets');
      const { groups } = await data<Rules>(side, '/api/v1/rules');
      const evaluated = groups.every((g) => g.rules.every((r) => r.health === 'ok'));
      return evaluated && activeTargets.length === 7 && activeTargets.every((t) => t.health === 'up');
    }),
  );
});

afterAll(async () => {
  await pair?.end();
  await exporters?.end();
  await Promise.all([...(pages ?? []), ...(gone ? [gone] : [])].map((page) => page.close()));
});

/** The stack's own files, with addresses of this host and shorter intervals. */
function configuration(extra = true): Record<string, string> {
  const files = renderedFiles();
  const [docker, loki, alloy] = pages.map((p) => p.address);
  const config = files['prometheus.yml']
    .replaceAll('/etc/prometheus', pair.etc)
    .replace('"prometheus:9090"', `"${pair.addresses.real}"`)
    .replace('"host-monitor:9100"', `"${exporters.real}"`)
    .replace('"docker-metrics:8080"', `"${docker}"`)
    .replace('"loki:3100"', `"${loki}"`)
    .replace('"alloy:12345"', `"${alloy}"`)
    .replaceAll(/(interval|timeout): 1[05]s/g, '$1: 1s');
  const relabelled = `  - job_name: gone
    metric_relabel_configs:
      - {source_labels: [a], target_label: c, replacement: "\${1}x", regex: "(.*)"}
      - {regex: "scrape_.*", action: labeldrop}
    static_configs:
      - {targets: ["${loki}"${extra ? `, "${gone.address}"` : ''}], labels: {team: blue}}
`;
  return { ...files, 'prometheus.yml': config + relabelled };
}

interface Targets {
  readonly activeTargets: readonly { readonly health: string; readonly labels: object; readonly scrapePool: string }[];
}

interface Rules {
  readonly groups: readonly { readonly name: string; readonly rules: readonly { readonly health: string }[] }[];
}

async function data<T>(side: Side, path: string, params: Readonly<Record<string, string>> = {}): Promise<T> {
  const { status, body } = await side.get(path, params);
  if (status !== 200) throw new Error(`${side.name} answered ${path} with ${status}: ${body}`);
  return (JSON.parse(body) as { data: T }).data;
}

async function both<T>(ask: (side: Side) => Promise<T>): Promise<{ readonly real: T; readonly standIn: T }> {
  const [real, standIn] = await Promise.all([ask(pair.real), ask(pair.standIn)]);
  return { real, standIn };
}

/** Leaves out keys wherever they stand. */
function omit(value: unknown, keys: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((item) => omit(item, keys));
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => !keys.includes(key));
  return Object.fromEntries(kept.map(([key, item]) => [key, omit(item, keys)]));
}

/** Results in one order, with fifteen digits: the two add in different orders. */
function comparable(value: unknown): unknown {
  const round = (item: unknown): unknown => {
    if (Array.isArray(item)) return item.map(round);
    if (typeof item === 'string' && /^-?\d+(?:\.\d+)?(?:e[+-]\d+)?$/.test(item))
      return Number(Number(item).toPrecision(12));
    if (typeof item !== 'object' || item === null) return item;
    return Object.fromEntries(
      Object.entries(item).map(([key, inner]) => [key, key === 'metric' ? inner : round(inner)]),
    );
  };
  const { resultType, result } = value as { resultType: string; result: unknown[] };
  if (resultType !== 'vector' && resultType !== 'matrix') return round(value);
  const sorted = [...result].sort((a, b) => (metricText(a) < metricText(b) ? -1 : 1));
  return { resultType, result: sorted.map(round) };
}

/** Which of several pairs is named is chance, and 2.42 shows the anchors that it puts around an expression. */
function wording(body: string): unknown {
  const { error, ...rest } = JSON.parse(body) as { error: string };
  const pair = error.replace(/match group \{.*?\} on the (\w+) .*;/, 'match group on the $1;');
  return { ...rest, error: pair.replace('^(?:()$', '(') };
}

function metricText(series: unknown): string {
  return JSON.stringify(Object.entries((series as { metric: object }).metric).sort());
}

describe('the real Prometheus and its stand-in', () => {
  it('must both take the rendered files, as promtool does', () => {
    const config = join(pair.etc, 'prometheus.yml');
    const rules = join(pair.etc, 'rules/loki_logging_v1.yml');
    for (const args of [
      ['check', 'config', config],
      ['check', 'rules', rules],
    ]) {
      expect(runProgram(tool('promtool'), args)).toMatchObject({ status: 0 });
    }
  });

  it('must be ready and healthy in the same words', async () => {
    for (const path of ['/-/ready', '/-/healthy', '/nonsense']) {
      const { real, standIn } = await both((side) => side.get(path));
      expect(standIn).toEqual(real);
    }
  });

  it('must have the same targets, all up', async () => {
    const changing = ['lastScrape', 'lastScrapeDuration', 'globalUrl', ...differences.targets.keys];
    const { real, standIn } = await both((side) => data<Targets>(side, '/api/v1/targets'));
    const order = (t: Targets['activeTargets'][number]) => t.scrapePool + JSON.stringify(t.labels);
    const sorted = (t: Targets) =>
      [...t.activeTargets].sort((a, b) => (order(a) < order(b) ? -1 : 1)).map((target) => omit(target, changing));
    expect(sorted(standIn)).toEqual(sorted(real));
    expect(real.activeTargets).toHaveLength(7);
  });

  it('must have loaded the same rules', async () => {
    const changing = ['evaluationTime', 'lastEvaluation', 'alerts', 'state'];
    const { real, standIn } = await both((side) => data<Rules>(side, '/api/v1/rules'));
    expect(omit(standIn, changing)).toEqual(omit(real, changing));
    expect(real.groups.map((g) => g.name)).toEqual(['loki_logging_v1']);
    expect(real.groups[0]?.rules).toHaveLength(4);
  });

  it('must print the same configuration, but for what is listed', async () => {
    const { real, standIn } = await both(async (side) => {
      const { yaml } = await data<{ yaml: string }>(side, '/api/v1/status/config');
      const parsed = parseYaml(yaml, 'config');
      return parsed.ok ? parsed.value.value : parsed.failure;
    });
    expect(omit(standIn, differences['status/config'].keys)).toEqual(real);
  });

  it.each(queries)('must give the same for %s', async (query) => {
    for (const time of [
      pinned.end,
      pinned.end - 37,
      pinned.end - 200,
      pinned.start - 60,
      pinned.end + 290,
      pinned.end + 310,
    ]) {
      const { real, standIn } = await both((side) => data(side, '/api/v1/query', { query, time: String(time) }));
      expect(comparable(standIn)).toEqual(comparable(real));
    }
    if (/\]\s*(?:offset \S+)?$/.test(query) || query.startsWith('"')) return;
    const range = { query, start: String(pinned.start - 30), end: String(pinned.end + 400), step: '17s' };
    const { real, standIn } = await both((side) => data(side, '/api/v1/query_range', range));
    expect(comparable(standIn)).toEqual(comparable(real));
  });

  it.each(refusedQueries)('must refuse %s in the same words', async (query) => {
    const { real, standIn } = await both((side) => side.get('/api/v1/query', { query, time: String(pinned.end) }));
    expect(standIn.status).toBe(real.status);
    expect(wording(standIn.body)).toEqual(wording(real.body));
    expect(real.status).toBeGreaterThanOrEqual(400);
  });

  it.each([
    ['/api/v1/query_range', { query: '1', start: '0', end: '1000000', step: '1' }],
    ['/api/v1/query_range', { query: '1', start: '5', end: '1', step: '1' }],
    ['/api/v1/query_range', { query: '1', start: '1', end: '5', step: '0' }],
    ['/api/v1/query_range', { query: '1', start: 'x', end: '5', step: '1' }],
    ['/api/v1/query_range', { query: '1', start: '1', end: '5', step: '1x' }],
    ['/api/v1/query', { query: '1', time: 'zz' }],
    ['/api/v1/series', {}],
    ['/api/v1/label/1x/values', {}],
    ['/api/v1/query', { query: 'vector(3)', time: '2026-01-02T03:04:05.678Z' }],
    ['/api/v1/query', { query: '"text"', time: '12.345' }],
    ['/api/v1/series', { 'match[]': 'reset_total' }],
    ['/api/v1/labels', { 'match[]': '{__name__=~"lat.*"}' }],
    ['/api/v1/label/le/values', {}],
    ['/api/v1/metadata', { metric: 'reset_total' }],
    ['/api/v1/rules', { type: 'nonsense' }],
  ])('must answer %s %o alike', async (path, params) => {
    const { real, standIn } = await both((side) => side.get(path, params as Record<string, string>));
    expect(standIn.status).toBe(real.status);
    expect(JSON.parse(standIn.body)).toEqual(JSON.parse(real.body));
  });

  it('must relabel alike, and end the series of a target that a reload takes away', async () => {
    const ask = (side: Side) => data<{ result: { metric: object }[] }>(side, '/api/v1/query', { query: 'soon_gone' });
    const before = await both(ask);
    expect(before.standIn.result.map((r) => r.metric)).toEqual(before.real.result.map((r) => r.metric));
    expect(before.real.result).toHaveLength(1);
    writeFiles(pair.etc, configuration(false));
    expect(await both((side) => side.reload())).toEqual({ real: 200, standIn: 200 });
    await both((side) => until(`${side.name} has ended it`, async () => (await ask(side)).result.length === 0));
  });

  it('must keep the old configuration where a reload brings a bad one', async () => {
    writeFiles(pair.etc, { ...configuration(false), 'prometheus.yml': 'nonsense: true\n' });
    expect(await both((side) => side.reload())).toEqual({ real: 500, standIn: 500 });
    writeFiles(pair.etc, configuration(false));
    expect(await both((side) => side.reload())).toEqual({ real: 200, standIn: 200 });
  });
});

describe('the real node-exporter and its stand-in', () => {
  /** Names that 1.8 has and 1.5 has not, and what tells of the exporter itself. */
  const newer = /^(?:node_exporter_build_info|process_|node_memory_|node_network_receive_nohandler)/;
  const page = async (address: string) => {
    const parsed = parseExposition(await (await fetch(`http://${address}/metrics`)).text());
    if (!parsed.ok) throw new Error(parsed.failure.message);
    return new Map(parsed.value.map((family) => [family.name, family]));
  };
  const seriesOf = (samples: readonly { readonly labels: object }[]) =>
    samples
      .map(({ labels }) =>
        JSON.stringify(
          Object.entries(labels)
            .filter(([, v]) => v !== '')
            .sort(),
        ),
      )
      .sort();

  type Labels = Readonly<Record<string, string>>;
  const devicesOf = (families: Awaited<ReturnType<typeof page>>) =>
    (families.get('node_network_up')?.samples ?? []).flatMap(({ labels }) => (labels as Labels).device ?? []);

  it('must give the same names, kinds and series', async () => {
    const [real, standIn] = [await page(exporters.real), await page(exporters.standIn)];
    const again = await page(exporters.real);
    const shared = [...standIn.keys()].filter((name) => !newer.test(name) && !name.startsWith('node_scrape_collector'));
    // Devices of networks come and go with the containers of other tests: those that are there all the time count.
    const devices = [real, standIn, again].map((one) => new Set(devicesOf(one)));
    const lasts = ({ labels }: { readonly labels: Labels }) =>
      labels.device === undefined || devices.every((set) => set.has(labels.device as string));
    expect(devices[0]?.has('lo')).toBe(true);
    expect(shared.length).toBeGreaterThan(60);
    for (const name of shared) {
      expect({ name, type: standIn.get(name)?.type }).toEqual({ name, type: real.get(name)?.type });
      const seen = (of: typeof real) => {
        const samples = of.get(name)?.samples ?? [];
        return seriesOf(name.startsWith('node_network_') ? samples.filter(lasts) : samples);
      };
      expect({ name, series: seen(standIn) }).toEqual({ name, series: seen(real) });
    }
  });

  it('must give the same figures of what does not change, and near ones of what does', async () => {
    const [real, standIn] = [await page(exporters.real), await page(exporters.standIn)];
    const sum = (of: typeof real, name: string) => (of.get(name)?.samples ?? []).reduce((a, s) => a + s.value, 0);
    const fixed = [
      'node_boot_time_seconds',
      'node_memory_MemTotal_bytes',
      'node_filesystem_size_bytes',
      'node_uname_info',
    ];
    for (const name of fixed) expect([name, sum(standIn, name)]).toEqual([name, sum(real, name)]);
    for (const name of [
      'node_cpu_seconds_total',
      'node_filesystem_avail_bytes',
      'node_context_switches_total',
      'node_time_seconds',
    ]) {
      expect(sum(real, name)).toBeGreaterThan(0);
      expect(sum(standIn, name) / sum(real, name)).toBeCloseTo(1, 1);
    }
    expect(standIn.get('node_uname_info')?.samples[0]?.labels).toEqual(real.get('node_uname_info')?.samples[0]?.labels);
  });

  it('must say of the same collectors that they could read their part', async () => {
    const [real, standIn] = [await page(exporters.real), await page(exporters.standIn)];
    const verdicts = (of: typeof real) =>
      Object.fromEntries(
        (of.get('node_scrape_collector_success')?.samples ?? []).map((s) => [s.labels.collector, s.value]),
      );
    expect(verdicts(real)).toMatchObject(verdicts(standIn));
  });
});

describe('a bad configuration', () => {
  const job = 'scrape_configs:\n  - job_name: a\n';
  const rule = (text: string) => ({ 'prometheus.yml': 'rule_files: [rules/*.yml]\n', 'rules/r.yml': text });
  const bad: Readonly<Record<string, readonly [Record<string, string>, string]>> = {
    'an unknown field': [
      { 'prometheus.yml': `${job}    scrape_intervall: 5s\n` },
      'line 3: field scrape_intervall not found in type config.ScrapeConfig',
    ],
    'an unknown section': [
      { 'prometheus.yml': 'scrape_config: []\n' },
      'line 1: field scrape_config not found in type config.plain',
    ],
    'an unknown global field': [
      { 'prometheus.yml': 'global: {intervall: 5s}\n' },
      'line 1: field intervall not found in type config.plain',
    ],
    'an unknown relabel field': [
      { 'prometheus.yml': `${job}    relabel_configs: [{target: a}]\n` },
      'line 3: field target not found in type relabel.plain',
    ],
    'an unknown static field': [
      { 'prometheus.yml': `${job}    static_configs: [{target: [a]}]\n` },
      'line 3: field target not found in type struct',
    ],
    'a text for a list': [
      { 'prometheus.yml': 'scrape_configs: abc\n' },
      'line 1: cannot unmarshal !!str `abc` into []',
    ],
    'a text for a bool': [
      { 'prometheus.yml': `${job}    honor_labels: maybe\n` },
      'line 3: cannot unmarshal !!str `maybe` into bool',
    ],
    'an address with a path': [
      { 'prometheus.yml': `${job}    static_configs: [{targets: ["a/b"]}]\n` },
      '"a/b" is not a valid hostname',
    ],
    'a stray rule path': [{ 'prometheus.yml': 'rule_files: ["*/a.yml"]\n' }, 'invalid rule file path "*/a.yml"'],
    'broken YAML': [{ 'prometheus.yml': 'global: {\n' }, 'yaml: line '],
    'a bad duration': [{ 'prometheus.yml': 'global: {scrape_interval: 15x}\n' }, 'not a valid duration string: "15x"'],
    'a timeout over the interval': [
      { 'prometheus.yml': 'global: {scrape_interval: 5s, scrape_timeout: 6s}\n' },
      'global scrape timeout greater than scrape interval',
    ],
    'a job twice': [{ 'prometheus.yml': `${job}  - job_name: a\n` }, 'found multiple scrape configs with job name "a"'],
    'a job without a name': [{ 'prometheus.yml': 'scrape_configs: [{metrics_path: /x}]\n' }, 'job_name is empty'],
    'an unknown relabel action': [
      { 'prometheus.yml': `${job}    relabel_configs: [{action: mangle}]\n` },
      'unknown relabel action "mangle"',
    ],
    'a relabel rule without a target': [
      { 'prometheus.yml': `${job}    relabel_configs: [{source_labels: [a]}]\n` },
      "relabel configuration for replace action requires 'target_label' value",
    ],
    'a bad relabel regex': [
      { 'prometheus.yml': `${job}    relabel_configs: [{regex: "(", target_label: a}]\n` },
      'error parsing regexp: missing closing )',
    ],
    'a bad external label': [
      { 'prometheus.yml': 'global: {external_labels: {a-b: c}}\n' },
      '"a-b" is not a valid label name',
    ],
    'a rule without meaning': [
      rule('groups: [{name: g, rules: [{alert: A, expr: "up =="}]}]\n'),
      'could not parse expression: 1:6: parse error: unexpected end of input',
    ],
    'a rule of an unknown function': [
      rule('groups: [{name: g, rules: [{record: "a:b", expr: "nonsense(up)"}]}]\n'),
      'unknown function with name "nonsense"',
    ],
    'a rule with an unknown field': [
      rule('groups:\n  - name: g\n    rules: [{alert: A, expr: up, fore: 1m}]\n'),
      'field fore not found in type rulefmt.RuleNode',
    ],
    'a rule of both kinds': [
      rule('groups: [{name: g, rules: [{alert: A, record: "a:b", expr: up}]}]\n'),
      "only one of 'record' and 'alert' must be set",
    ],
    'an annotation with an unknown variable': [
      rule('groups: [{name: g, rules: [{alert: A, expr: up, annotations: {a: "{{ $nope }}"}}]}]\n'),
      'undefined variable "$nope"',
    ],
    'a group twice': [rule('groups: [{name: g, rules: []}, {name: g, rules: []}]\n'), 'is repeated in the same file'],
  };

  it.each(Object.entries(bad))('with %s must be refused by both', (name, [files, reason]) => {
    const etc = join(pair.root, `bad-${Object.keys(bad).indexOf(name)}`);
    mkdirSync(join(etc, 'rules'), { recursive: true });
    writeFiles(etc, files);
    const file = join(etc, 'prometheus.yml');
    const real = runProgram(tool('promtool'), ['check', 'config', file]);
    expect(real.status).not.toBe(0);
    expect(real.stdout + real.stderr).toContain(reason);
    const standIn = standInRefuses(etc);
    expect(standIn.stderr).toContain(reason);
    expect(standIn.stderr.trim().split('\n')).toHaveLength(1);
    expect(standIn.status).toBe(1);
  });

  function standInRefuses(etc: string) {
    const world = {
      service: 'prometheus',
      listen: {},
      hosts: {},
      mounts: [{ target: etc, source: etc, read_only: true }],
    };
    const args = [pair.standInProgram('prometheus'), `--config.file=${join(etc, 'prometheus.yml')}`];
    return runProgram(process.execPath, args, { PLUMBLINE_WORLD: JSON.stringify(world) });
  }

  it.each([{}, { env: 'a "quoted" one: #' }, { environment: 'mine', zone: 'b' }])(
    'must not be what the templates make of the labels %o',
    (labels) => {
      const etc = join(pair.root, `labels-${Object.keys(labels).length}`);
      mkdirSync(join(etc, 'rules'), { recursive: true });
      const files = renderedFiles(labels);
      writeFiles(etc, files);
      expect(runProgram(tool('promtool'), ['check', 'config', join(etc, 'prometheus.yml')]).status).toBe(0);
      const parsed = parseYaml(files['prometheus.yml'], 'prometheus.yml');
      const global = parsed.ok ? (parsed.value.value as { global: { external_labels: object } }).global : undefined;
      expect(global?.external_labels).toEqual({ environment: 'test', ...labels });
      expect(standInRefuses(etc).stderr).toMatch(/^port 9090 is not one that the stack gives/);
    },
  );

  it('must not be confused with a good one', () => {
    const etc = join(pair.root, 'good');
    mkdirSync(join(etc, 'rules'), { recursive: true });
    writeFiles(etc, renderedFiles());
    copyFileSync(join(etc, 'prometheus.yml'), join(etc, 'copy.yml'));
    expect(runProgram(tool('promtool'), ['check', 'config', join(etc, 'copy.yml')]).status).toBe(0);
    // Its configuration is read before the port is looked for, of which this world has none.
    expect(standInRefuses(etc).stderr).toMatch(/^port 9090 is not one that the stack gives/);
  });
});
