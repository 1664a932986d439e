import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderTemplate } from '@plumbline/formats/template';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import {
  buildProgram as buildLoki,
  type Program as LokiProgram,
  startProgram,
  untilStatus,
} from '../loki/testing-process.ts';
import { basic, buildProgram, freePort, makePlace, type Program, untilHealthy } from './testing.ts';

let grafana: Program;
let loki: LokiProgram;

beforeAll(async () => {
  [grafana, loki] = [await buildProgram(), await buildLoki()];
});

afterAll(() => {
  grafana.remove();
  loki.remove();
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

async function startLoki(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'plumbline-grafana-loki-'));
  const port = await freePort();
  for (const name of ['etc', 'data']) mkdirSync(join(directory, name));
  for (const [path, text] of Object.entries(rendered('loki'))) writeFileSync(join(directory, path), text);
  const child = startProgram(loki, ['-config.file=/etc/loki/loki.yml'], {
    service: 'loki',
    hostname: 'loki',
    environment: {},
    listen: { '3100': { host: '127.0.0.1', port } },
    hosts: {},
    mounts: [
      { target: '/etc/loki', source: join(directory, 'etc'), read_only: true },
      { target: '/loki', source: join(directory, 'data'), read_only: false },
    ],
  });
  onTestFinished(async () => {
    child.process.kill('SIGKILL');
    await child.ended;
    rmSync(directory, { recursive: true, force: true });
  });
  await untilStatus(`http://127.0.0.1:${port}/ready`, 200);
  return `127.0.0.1:${port}`;
}

interface Panel {
  readonly title: string;
  readonly type: string;
  readonly targets: readonly {
    readonly expr: string;
    readonly queryType?: string;
    readonly datasource: { readonly uid: string };
  }[];
}

interface Answer {
  readonly status: string;
  readonly data: {
    readonly resultType: string;
    readonly result: readonly {
      readonly values?: readonly [string, string][];
      readonly value?: readonly [number, string];
    }[];
  };
}

test('the stack’s own files must start it without a warning, and its panels must show what Loki holds', async () => {
  const lokiHost = await startLoki();
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

  const headers = basic('admin');
  const get = async (path: string) => (await fetch(`${place.url}${path}`, { headers })).json();
  expect(await get('/api/datasources/uid/loki/health')).toMatchObject({ status: 'OK' });
  expect(((await get('/api/search?type=dash-db')) as { uid: string }[]).map(({ uid }) => uid)).toEqual([
    'plumbline-hosts',
    'plumbline-logs',
  ]);
  const { dashboard } = (await get('/api/dashboards/uid/plumbline-logs')) as {
    dashboard: { panels: readonly Panel[] };
  };
  const shown: Record<string, unknown> = {};
  for (const { title, type, targets } of dashboard.panels) {
    const [target] = targets.filter(({ datasource }) => datasource.uid === 'loki');
    if (target === undefined) continue;
    const query = target.expr
      .replace(/\$(?:job|host)\b/g, '.+')
      .replace('$search', 'TIMED +OUT')
      .replace(/\$__\w+/g, '10m');
    const instant = target.queryType === 'instant';
    const times = { start: String(now - 600_000_000_000n), end: String(now + 1_000_000_000n), step: '60' };
    const params = new URLSearchParams(instant ? { query } : { query, ...times });
    const path = `loki/api/v1/${instant ? 'query' : 'query_range'}?${params}`;
    const answer = (await get(`/api/datasources/proxy/uid/loki/${path}`)) as Answer;
    const { result } = answer.data;
    shown[title] = instant
      ? result[0]?.value?.[1]
      : type === 'logs'
        ? result.flatMap((r) => r.values ?? []).map(([, line]) => line)
        : result.map((r) => r.values?.at(-1)?.[1]);
  }
  expect(shown).toEqual({
    Lines: '5',
    'Error lines': '2',
    'Jobs that wrote in the last 5 minutes': '1',
    'Log volume by job': ['5'],
    'Error lines by job': ['2'],
    'Errors, newest first': ['an Error: disk is full', 'login FAILED for eve'],
    'Lines that match the search': ['timed   out'],
  });
});
