import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseIni } from '../formats/src/ini.ts';
import { parseJson } from '../formats/src/json.ts';
import { errorText, parseLogql } from '../formats/src/logql.ts';
import { type Expr, parsePromql, promqlErrorText } from '../formats/src/promql.ts';
import { renderTemplate } from '../formats/src/template.ts';
import { parseYaml } from '../formats/src/yaml.ts';

const folder = join(import.meta.dirname, '../config/stacks/observability/templates');
const templates = new Map(
  readdirSync(join(folder, 'grafana'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')] as const),
);
const model = { services: { grafana: { port: 3000 }, loki: { port: 3100 }, prometheus: { port: 9090 } } };

function rendered(name: string): string {
  const text = renderTemplate(templates, name, model);
  if (!text.ok) throw new Error(text.failure.message);
  return text.value;
}

interface Target {
  readonly refId?: string;
  readonly expr?: string;
  readonly legendFormat?: string;
  readonly queryType?: string;
  readonly instant?: boolean;
  readonly datasource?: { readonly type?: string; readonly uid?: string };
}

interface Panel {
  readonly id?: number;
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly gridPos?: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly fieldConfig?: { readonly defaults?: { readonly unit?: string; readonly thresholds?: unknown } };
  readonly targets?: readonly Target[];
}

interface Variable {
  readonly name: string;
  readonly type: string;
  readonly query?: unknown;
  readonly allValue?: string;
}

interface Dashboard {
  readonly uid?: string;
  readonly title?: string;
  readonly schemaVersion?: number;
  readonly refresh?: string;
  readonly templating?: { readonly list?: readonly Variable[] };
  readonly panels?: readonly Panel[];
}

/** What the exporters of the stack call what the panels ask for. */
const metricNames = new Set(
  `up ALERTS node_load1 node_load5 node_load15 node_cpu_seconds_total node_memory_MemAvailable_bytes
  node_memory_MemTotal_bytes node_filesystem_avail_bytes node_filesystem_size_bytes node_network_receive_bytes_total
  node_network_transmit_bytes_total container_cpu_usage_seconds_total container_memory_working_set_bytes
  loki_discarded_samples_total loki_write_dropped_entries_total loki_write_batch_retries_total
  loki_process_dropped_lines_total`.split(/\s+/),
);
const logLabels = new Set(['env', 'host', 'job', 'filename']);
const panelTypes = new Set(['stat', 'timeseries', 'table', 'logs']);

/** Grafana's own variables, as they would be filled in for a range of an hour. */
const builtIn: Readonly<Record<string, string>> = {
  __range: '3600s',
  __interval: '30s',
  __rate_interval: '1m0s',
};

/** Everything that is wrong with a dashboard, a line each. */
function faults(text: string): readonly string[] {
  const parsed = parseJson(text, 'dashboard.json');
  if (!parsed.ok) return [`it is not JSON: ${parsed.failure.message}`];
  const dashboard = parsed.value.value as Dashboard;
  const panels = dashboard.panels ?? [];
  const variables = dashboard.templating?.list ?? [];
  const found: string[] = [];
  if (!/^plumbline-[a-z]+$/.test(dashboard.uid ?? '')) found.push(`its uid is ${dashboard.uid}`);
  if ((dashboard.title ?? '') === '') found.push('it has no title');
  if (dashboard.schemaVersion !== 39) found.push(`its schemaVersion is ${dashboard.schemaVersion}`);
  if (!/^\d+[sm]$/.test(dashboard.refresh ?? '')) found.push('it is not refreshed');
  const ids = panels.map(({ id }) => id);
  if (new Set(ids).size !== ids.length) found.push('two panels have one id');
  found.push(...layoutFaults(panels));
  for (const panel of panels) {
    found.push(...panelFaults(panel, variables).map((fault) => `${panel.title ?? '?'}: ${fault}`));
  }
  for (const { name } of variables) {
    if (!variablesIn(text).has(name)) found.push(`the variable ${name} is used nowhere`);
  }
  for (const name of variablesIn(JSON.stringify(variables.map(({ query }) => query)))) {
    if (!isDefined(name, variables)) found.push(`a variable asks for $${name}, which is not defined`);
  }
  return found;
}

function layoutFaults(panels: readonly Panel[]): readonly string[] {
  const taken = new Map<string, string>();
  const found = new Set<string>();
  for (const { title = '?', gridPos } of panels) {
    const { x = -1, y = -1, w = 0, h = 0 } = gridPos ?? {};
    if (![x, y, w, h].every(Number.isInteger) || x < 0 || y < 0 || w < 1 || h < 1 || x + w > 24) {
      found.add(`${title}: it lies outside of the 24 columns`);
      continue;
    }
    for (let cell = 0; cell < w * h; cell += 1) {
      const key = `${x + (cell % w)},${y + Math.floor(cell / w)}`;
      const other = taken.get(key);
      if (other !== undefined) found.add(`${title}: it lies over "${other}"`);
      taken.set(key, title);
    }
  }
  return [...found];
}

function panelFaults(panel: Panel, variables: readonly Variable[]): readonly string[] {
  const found: string[] = [];
  const { type = '', targets = [], fieldConfig } = panel;
  if (!panelTypes.has(type)) found.push(`"${type}" is not a type that is used here`);
  if ((panel.description ?? '').length < 10) found.push('it has no description');
  if (type === 'stat' || type === 'timeseries') {
    if (fieldConfig?.defaults?.unit === undefined) found.push('it has no unit');
    if (fieldConfig?.defaults?.thresholds === undefined) found.push('it has no thresholds');
  }
  if (targets.length === 0) found.push('it asks for nothing');
  if (new Set(targets.map(({ refId }) => refId)).size !== targets.length) found.push('two queries have one refId');
  for (const target of targets) {
    const { expr = '', datasource } = target;
    const series = type === 'timeseries';
    if (series && (target.legendFormat ?? '') === '') found.push(`${expr}: its series have no legend`);
    if (type === 'stat' && target.instant !== true && target.queryType !== 'instant')
      found.push(`${expr}: it is not instant`);
    for (const name of variablesIn(expr)) {
      if (!isDefined(name, variables)) found.push(`${expr}: $${name} is not defined`);
    }
    if (datasource?.uid !== datasource?.type)
      found.push(`${expr}: ${datasource?.uid} is not a data source of the stack`);
    if (datasource?.type === 'loki') found.push(...logFaults(expr, type === 'logs', variables));
    else if (datasource?.type === 'prometheus') found.push(...metricFaults(expr, target.legendFormat ?? '', variables));
    else found.push(`${expr}: ${datasource?.type} is not a data source of the stack`);
  }
  return found;
}

function logFaults(expr: string, lines: boolean, variables: readonly Variable[]): readonly string[] {
  return filled(expr, variables).flatMap((text) => {
    const query = parseLogql(text);
    if (!query.ok) return [`${text}: ${errorText(query.failure)}`];
    if ((query.value.kind === 'log') !== lines) return [`${text}: its kind is ${query.value.kind}`];
    const selectors = [...text.matchAll(/\{([^}]*)\}/g)].map(([, inner]) => inner ?? '');
    const names = selectors.flatMap((inner) => [...inner.matchAll(/(\w+)\s*(?:=|!)/g)].map(([, name]) => name ?? ''));
    return names.filter((name) => !logLabels.has(name)).map((name) => `${text}: no line has the label ${name}`);
  });
}

function metricFaults(expr: string, legend: string, variables: readonly Variable[]): readonly string[] {
  return filled(expr, variables).flatMap((text) => {
    const query = parsePromql(text);
    if (!query.ok) return [`${text}: ${promqlErrorText(query.failure)}`];
    const unknown = metricsIn(query.value).filter((name) => !metricNames.has(name));
    const kept = labelsOf(query.value);
    const asked = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name ?? '');
    return [
      ...unknown.map((name) => `${text}: nothing in the stack exposes ${name}`),
      ...asked
        .filter((name) => kept !== undefined && !kept.includes(name))
        .map((name) => `${text}: no label ${name} is left`),
    ];
  });
}

function metricsIn(expr: Expr): readonly string[] {
  switch (expr.kind) {
    case 'selector':
      return [expr.name ?? ''];
    case 'range':
      return metricsIn(expr.selector);
    case 'binary':
      return [...metricsIn(expr.left), ...metricsIn(expr.right)];
    case 'paren':
    case 'unary':
    case 'aggregate':
      return metricsIn(expr.inner);
    case 'call':
      return expr.args.flatMap(metricsIn);
    default:
      return [];
  }
}

/** The labels that an aggregation leaves; nothing where all may be left. */
function labelsOf(expr: Expr): readonly string[] | undefined {
  if (expr.kind === 'aggregate') return expr.grouping.without ? undefined : expr.grouping.labels;
  if (expr.kind === 'paren' || expr.kind === 'unary') return labelsOf(expr.inner);
  if (expr.kind === 'binary') return labelsOf(expr.left) ?? labelsOf(expr.right);
  return undefined;
}

function variablesIn(text: string): ReadonlySet<string> {
  const uses = [...text.matchAll(/\$\{(\w+)[^}]*\}|\$(\w+)|\[\[(\w+)\]\]/g)].map(([, a, b, c]) => a ?? b ?? c ?? '');
  return new Set(uses.filter((name) => name !== '__all'));
}

function isDefined(name: string, variables: readonly Variable[]): boolean {
  return Object.hasOwn(builtIn, name) || variables.some((variable) => variable.name === name);
}

/** An expression as Grafana would send it: nothing chosen, one value chosen, several chosen. */
function filled(expr: string, variables: readonly Variable[]): readonly string[] {
  return [
    { list: undefined, typed: '' },
    { list: 'node-1:9100', typed: 'time.?out' },
    { list: '(a|b\\\\.c)', typed: '\\d{3}' },
  ].map(({ list, typed }) =>
    expr.replace(/\$(\w+)/g, (whole, name: string) => {
      if (Object.hasOwn(builtIn, name)) return builtIn[name] ?? '';
      const variable = variables.find((candidate) => candidate.name === name);
      return variable === undefined ? whole : variable.type === 'textbox' ? typed : (list ?? variable.allValue ?? '');
    }),
  );
}

const logs = rendered('grafana/dashboards/logs.json.j2');
const hosts = rendered('grafana/dashboards/hosts.json.j2');

describe('a dashboard of the stack', () => {
  test.each([
    ['logs', logs, 'plumbline-logs'],
    ['hosts', hosts, 'plumbline-hosts'],
  ])('%s must be without a fault', (_, text, uid) => {
    expect(faults(text)).toEqual([]);
    expect((JSON.parse(text) as Dashboard).uid).toBe(uid);
  });

  test('must show what a night needs', () => {
    const titles = [logs, hosts].map((text) =>
      ((JSON.parse(text) as Dashboard).panels ?? []).map(({ title }) => title),
    );
    expect(titles[0]).toEqual(expect.arrayContaining(['Log volume by job', 'Error lines', 'Ingestion errors']));
    expect(titles[1]).toEqual(
      expect.arrayContaining(['CPU busy', 'Memory used', 'Disk free', 'Load', 'Network', 'Targets', 'Alerts']),
    );
    const links = [logs, hosts].map((text) =>
      (JSON.parse(text) as { links: { url: string }[] }).links.map((l) => l.url),
    );
    expect(links).toEqual([['/d/plumbline-hosts'], ['/d/plumbline-logs']]);
  });

  test.each<[string, string, (text: string) => string, string]>([
    ['broken JSON', logs, (t) => t.replace('"panels": [', '"panels": [,'), 'it is not JSON'],
    ['a key given twice', logs, (t) => t.replace('"uid":', '"title": "x", "uid":'), 'it is not JSON'],
    ['another uid', logs, (t) => t.replace('plumbline-logs', 'Logs'), 'its uid is Logs'],
    [
      'another schema',
      hosts,
      (t) => t.replace('"schemaVersion": 39', '"schemaVersion": 16'),
      'its schemaVersion is 16',
    ],
    ['one id twice', hosts, (t) => t.replace('"id": 2,', '"id": 1,'), 'two panels have one id'],
    [
      'panels over each other',
      hosts,
      (t) => t.replace('"x": 4, "y": 0', '"x": 3, "y": 0'),
      'it lies over "Targets up"',
    ],
    ['a panel outside', hosts, (t) => t.replace('"x": 20, "y": 0', '"x": 21, "y": 0'), 'outside of the 24 columns'],
    ['no unit', hosts, (t) => t.replace('"unit": "short",', ''), 'it has no unit'],
    ['no description', hosts, (t) => t.replace('Scrape targets that answer.', ''), 'it has no description'],
    ['an undefined variable', logs, (t) => t.replaceAll('$host', '$hots'), '$hots is not defined'],
    ['an unused variable', logs, (t) => t.replaceAll('$search', 'x'), 'the variable search is used nowhere'],
    [
      'a variable of a variable',
      logs,
      (t) => t.replace('{job=~\\"$job\\"}', '{job=~\\"$jbo\\"}'),
      'a variable asks for $jbo',
    ],
    ['LogQL that Loki refuses', logs, (t) => t.replace('[$__range]', '[$__range'), 'syntax error'],
    [
      'a label that no line has',
      logs,
      (t) => t.replace('job=~\\"$job\\", host', 'jobs=~\\"$job\\", host'),
      'label jobs',
    ],
    [
      'a choice of all that Loki refuses',
      logs,
      (t) => t.replaceAll('"allValue": ".+"', '"allValue": ".*"'),
      'queries require at least one regexp or equality matcher',
    ],
    [
      'a log query in a graph',
      logs,
      (t) =>
        t.replace(
          'sum by (job) (count_over_time({job=~\\"$job\\", host=~\\"$host\\"}[$__interval]))',
          '{job=~\\"$job\\"}',
        ),
      'its kind is log',
    ],
    ['PromQL that Prometheus refuses', hosts, (t) => t.replace('count(up == 0)', 'count(up = 0)'), 'parse error'],
    [
      'a metric that nothing exposes',
      hosts,
      (t) => t.replaceAll('MemAvailable', 'MemAvail'),
      'exposes node_memory_MemAvail_bytes',
    ],
    ['a legend without its label', hosts, (t) => t.replace('{{name}}', '{{container}}'), 'no label container is left'],
    [
      'an unknown data source',
      hosts,
      (t) => t.replaceAll('"uid": "prometheus"', '"uid": "prom"'),
      'not a data source of the stack',
    ],
  ])('must be refused with %s', (_, good, spoil, fault) => {
    const bad = spoil(good);
    expect(bad).not.toBe(good);
    expect(faults(bad).join('\n')).toContain(fault);
    expect(faults(bad)).not.toEqual([]);
  });
});

test('the provisioning must name the data sources that the dashboards ask', () => {
  const text = rendered('grafana/provisioning/datasources/stack.yml.j2');
  const parsed = parseYaml(text, 'stack.yml');
  expect(parsed.ok && parsed.value.value).toMatchObject({
    apiVersion: 1,
    datasources: [
      { uid: 'loki', type: 'loki', url: 'http://loki:3100', isDefault: false, editable: false },
      { uid: 'prometheus', type: 'prometheus', url: 'http://prometheus:9090', isDefault: true, editable: false },
    ],
  });
});

test('the provider and grafana.ini must be what Grafana reads, and hold no secret', () => {
  const provider = parseYaml(rendered('grafana/provisioning/dashboards/stack.yml.j2'), 'stack.yml');
  expect(provider.ok && provider.value.value).toMatchObject({
    providers: [{ type: 'file', allowUiUpdates: false, options: { path: '/etc/grafana/dashboards' } }],
  });
  const ini = parseIni(rendered('grafana/grafana.ini.j2'), 'grafana.ini');
  if (!ini.ok) throw new Error(ini.failure.message);
  expect(ini.value.value('server', 'http_port')).toBe('3000');
  expect(ini.value.value('auth.anonymous', 'enabled')).toBe('false');
  expect(ini.value.entries.map(({ key }) => key)).not.toContain('admin_password');
});
