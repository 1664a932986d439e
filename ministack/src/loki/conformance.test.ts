import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Bench, bench, conformanceFile, listedDifferences } from './testing.ts';

interface Exchange {
  readonly name: string;
  readonly t0_ns: string;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly params: Readonly<Record<string, string | number>> | null;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: object | null;
  };
  readonly response: Answered;
}

interface Answered {
  readonly status: number;
  readonly content_type: string | null;
  readonly text?: string;
  readonly json?: unknown;
}

const record = conformanceFile('fixtures/loki-3.0.0.jsonl')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as Exchange);
const inferred = JSON.parse(conformanceFile('inferred.json')) as Readonly<Record<string, string>>;
const t0 = BigInt(record[0]?.t0_ns ?? 0);
const differences: string[] = [];
let loki: Bench;

beforeAll(async () => {
  loki = await bench({
    limits: 'retention_period: 720h',
    compactor: 'retention_enabled: true, delete_request_store: filesystem',
    now: () => t0 + 100_000_000n,
  });
  for (const exchange of record) {
    if (exchange.name === 'labels') await pushHighCardinality();
    differences.push(...compare(exchange, await replay(exchange)));
  }
});

afterAll(() => loki.stop());

test('the record has the exchanges that it is known to have', () => {
  expect(record).toHaveLength(52);
});

test('the stand-in must answer the record as the real one did, but for what is listed', () => {
  expect(differences).toEqual(listedDifferences('').filter((d) => !d.startsWith('config')));
});

test('the comparison must see a difference in each part of an answer', () => {
  const exchange = record.find((e) => e.name === 'labels-empty');
  if (!exchange) throw new Error('labels-empty is not in the record');
  expect(compare(exchange, exchange.response)).toEqual([]);
  const other: Answered = { status: 500, content_type: 'text/html', json: { status: 'success', data: [] } };
  expect(compare(exchange, other)).toEqual([
    'labels-empty: status',
    'labels-empty: content_type',
    'labels-empty: json',
  ]);
});

/** The record has their effect and not their requests: 130 streams of one job, pushed before `labels`. */
async function pushHighCardinality(): Promise<void> {
  const streams = Array.from({ length: 130 }, (_, n) => ({
    stream: { job: 'cardinality', request_id: `r${n}` },
    values: [[String(t0), 'line']],
  }));
  expect((await loki.push(streams)).status).toBe(204);
}

async function replay({ name, request }: Exchange): Promise<Answered> {
  const params = Object.entries(request.params ?? {}).map(([key, value]): [string, string] => [key, String(value)]);
  const text = request.body === null ? inferred[name] : JSON.stringify(request.body);
  const body = request.headers['Content-Encoding'] === 'gzip' ? gzipSync(text ?? '') : text;
  const response = await fetch(`${loki.url}${request.path}?${new URLSearchParams(params)}`, {
    method: request.method,
    headers: request.headers,
    ...(body === undefined ? {} : { body }),
  });
  expect(response.headers.get('x-plumbline-stand-in')).toBe('loki');
  const answer = { status: response.status, content_type: response.headers.get('content-type') };
  const received = await response.text();
  return answer.content_type?.startsWith('application/json')
    ? { ...answer, json: JSON.parse(received) }
    : { ...answer, text: received };
}

function compare({ name, response }: Exchange, got: Answered): readonly string[] {
  const parts: readonly (keyof Answered)[] = ['status', 'content_type', 'text', 'json'];
  return parts
    .filter((part) => canonical(normal(got[part])) !== canonical(normal(response[part])))
    .map((part) => `${name}: ${part}`);
}

/** Statistics are a placeholder in the record, and a long list is cut to five with its length beside it. */
function normal(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const copy = { ...(value as Record<string, unknown>) };
  if (Array.isArray(copy.data) && copy.data.length > 5 && copy.data.every((v) => /^r\d+$/.test(String(v)))) {
    copy.data_length = copy.data.length;
    copy.data = copy.data.slice(0, 5);
  }
  const data = copy.data;
  if (typeof data === 'object' && data !== null && 'stats' in data) copy.data = { ...data, stats: '' };
  return Array.isArray(value) ? value : copy;
}

/** Text in which the order of an object's keys makes no difference. */
function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_, item: unknown) =>
      typeof item === 'object' && item !== null && !Array.isArray(item)
        ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
        : item,
    ) ?? 'undefined'
  );
}
