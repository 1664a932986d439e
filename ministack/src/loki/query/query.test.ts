import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Bench, bench } from '../testing.ts';

const t0 = 1_795_227_720_000_000_000n;
const at = (seconds: number) => String(t0 + BigInt(seconds) * 1_000_000_000n);
let loki: Bench;

beforeAll(async () => {
  loki = await bench({ now: () => t0 + 60_000_000_000n, limits: 'max_query_series: 2' });
  await loki.push([
    {
      stream: { job: 'api', host: 'a' },
      values: [
        [at(-30), 'one'],
        [at(-20), 'three'],
        [at(10), 'status=500 took=2s size=3KB'],
      ],
    },
    {
      stream: { job: 'api', host: 'b' },
      values: [
        [at(-25), 'two'],
        [at(20), '{"code": 200, "job": "inner", "at": {"x": 1}, "list": [1]}'],
      ],
    },
    { stream: { job: 'db', host: 'a' }, values: [[at(15), 'not json']] },
  ]);
});

afterAll(() => loki.stop());

interface Data {
  readonly resultType: string;
  readonly result: readonly {
    stream?: Record<string, string>;
    metric?: Record<string, string>;
    values?: [string | number, string][];
    value?: [number, string];
  }[];
}

async function range(query: string, more: Record<string, string> = {}): Promise<Data> {
  const params = { query, start: at(-600), end: at(60), ...more };
  const response = await loki.get('/loki/api/v1/query_range', params);
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return (JSON.parse(text) as { data: Data }).data;
}

async function instant(query: string): Promise<Data> {
  const response = await loki.get('/loki/api/v1/query', { query, time: at(60) });
  return ((await response.json()) as { data: Data }).data;
}

const linesOf = (data: Data) =>
  data.result
    .flatMap((r) => r.values ?? [])
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, line]) => line);

test.each([
  ['forward', '2', ['one', 'two']],
  ['backward', '1', ['{"code": 200, "job": "inner", "at": {"x": 1}, "list": [1]}']],
  ['forward', '3', ['one', 'two', 'three']],
] as const)('%s with a limit of %s must take the right lines over all streams', async (direction, limit, lines) => {
  expect(linesOf(await range('{job="api"}', { direction, limit }))).toEqual(lines);
});

test('the start of a range must be in it and its end not', async () => {
  expect(linesOf(await range('{job="api"}', { start: at(-25), end: at(-20) }))).toEqual(['two']);
});

test.each([
  ['{job="api"} | logfmt | status=500', 1],
  ['{job="api"} | logfmt | status>400', 1],
  ['{job="api"} | logfmt | status!=500', 0],
  ['{job="api"} | logfmt | took>1500ms', 1],
  ['{job="api"} | logfmt | took>2s', 0],
  ['{job="api"} | logfmt | size>=3KB and took=2s', 1],
  ['{job="api"} | json | code=200', 1],
  ['{job="api"} | json | at_x="1" | job_extracted="inner" | job="api"', 1],
  ['{job="api"} | json | list="1"', 0],
  ['{job="db"} | json | __error__="JSONParserErr"', 1],
  ['{job="db"} | json | __error__=""', 0],
  ['{job=~"api|db"} |~ "^(one|not)" != "not"', 1],
  ['{job="api"} | host="b" or host="none"', 2],
] as const)('%s must give %s lines', async (query, count) => {
  expect(linesOf(await range(query))).toHaveLength(count);
});

test('labels may be dropped and kept, and a line written anew', async () => {
  const dropped = await range('{job="db"} | drop level, service_name');
  expect(dropped.result[0]?.stream).toEqual({ job: 'db', host: 'a' });
  const kept = await range('{job="db"} | keep host | line_format "on {{.host}}: {{ .none }}"');
  expect(kept.result).toEqual([{ stream: { host: 'a' }, values: [[at(15), 'on a: ']] }]);
});

test.each([
  ['sum(count_over_time({job="api"}[10m]))', [[{}, '5']]],
  [
    'sum by (host) (count_over_time({job=~".+"}[10m]))',
    [
      [{ host: 'a' }, '4'],
      [{ host: 'b' }, '2'],
    ],
  ],
  [
    'sum without (host, level, service_name) (count_over_time({job=~".+"}[10m]))',
    [
      [{ job: 'api' }, '5'],
      [{ job: 'db' }, '1'],
    ],
  ],
  ['max(count_over_time({job="api"} | drop level [10m]))', [[{}, '3']]],
  ['min(count_over_time({job="api"} | drop level [10m]))', [[{}, '2']]],
  ['avg(count_over_time({job="api"} | drop level [10m]))', [[{}, '2.5']]],
  ['count(count_over_time({job="api"} | drop level [10m]))', [[{}, '2']]],
  ['sum(rate({job="api"}[10m]))', [[{}, '0.008333333333333333']]],
  ['sum(bytes_over_time({job="db"}[10m]))', [[{}, '8']]],
  ['sum(count_over_time({job="api"}[1m]))', [[{}, '2']]],
  ['sum(count_over_time({job="none"}[10m]))', []],
  ['sum(count_over_time({job="api"}[10m])) > 4', [[{}, '5']]],
  ['sum(count_over_time({job="api"}[10m])) > 5', []],
  ['sum(count_over_time({job="api"}[10m])) * 2 + 1', [[{}, '11']]],
  ['vector(1)+vector(1)', [[{}, '2']]],
  ['topk(1, sum by (host) (count_over_time({job=~".+"}[10m])))', [[{ host: 'a' }, '4']]],
  ['sum(bytes_rate({job="db"}[365d])) / 1000000', undefined],
] as const)('%s at one moment must come to %j', async (query, wanted) => {
  if (wanted === undefined) {
    const refused = await loki.get('/loki/api/v1/query', { query, time: at(60) });
    expect(await refused.text()).toBe('the query time range exceeds the limit (query length: 8760h0m0s, limit: 30d1h)');
    return;
  }
  const data = await instant(query);
  expect(data.resultType).toBe('vector');
  expect(data.result.map((r) => [r.metric, r.value?.[1]])).toEqual(wanted);
});

test('a matrix must have a value at each whole step where there is one', async () => {
  const data = await range('sum(count_over_time({job="api"}[30s]))', { start: at(-65), end: at(35), step: '30' });
  const seconds = (n: number) => Number(t0 / 1_000_000_000n) + n;
  expect(data.result).toEqual([
    {
      metric: {},
      values: [
        [seconds(-30), '1'],
        [seconds(0), '2'],
        [seconds(30), '2'],
      ],
    },
  ]);
});

test.each([
  [
    '/query_range',
    { query: '{job="api"}', step: '0' },
    'zero or negative query resolution step widths are not accepted. Try a positive integer',
  ],
  [
    '/query_range',
    { query: 'rate({job="api"}[1m])', start: at(-600_000), step: '1' },
    'exceeded maximum resolution of 11,000 points per time series. Try increasing the value of the step parameter',
  ],
  ['/query_range', { query: '{job="api"}', limit: 'x' }, 'strconv.ParseUint: parsing "x": invalid syntax'],
  ['/query_range', { query: '{job="api"}', direction: 'up' }, "invalid direction 'up'"],
  ['/query_range', { query: '{job="api"} | unpack' }, 'not implemented by this stand-in: | unpack'],
  [
    '/query',
    { query: '{job="api"}', time: 'now' },
    `could not parse 'time' parameter: strconv.ParseInt: parsing "now": invalid syntax`,
  ],
  ['/query', { query: 'count_over_time({job=~".+"}[10m])' }, 'maximum of series (2) reached for a single query'],
  ['/series', { 'match[]': '{job="api"} |= "x"' }, 'parse error : only label matchers are supported'],
])('%s %j must be refused with 400: %s', async (path, params, message) => {
  const response = await loki.get(`/loki/api/v1${path}`, params as unknown as Record<string, string>);
  expect([response.status, await response.text()]).toEqual([400, message]);
});

test('a metric query over lines that a parser fails on must fail and say how to skip them', async () => {
  const query = 'sum(count_over_time({job="db"} | json [10m]))';
  await expect(range(query)).rejects.toThrow("pipeline error: 'JSONParserErr' for series");
  expect((await instant('sum(count_over_time({job="db"} | json | __error__="" [10m]))')).result).toEqual([]);
});

test.each([
  [at(-25)],
  [`${(t0 - 25_000_000_000n) / 1_000_000_000n}`],
  [`${(t0 - 25_000_000_000n) / 1_000_000_000n}.000`],
  [new Date(Number((t0 - 25_000_000_000n) / 1_000_000n)).toISOString()],
])('the start %s must mean the same moment in every form', async (start) => {
  expect(linesOf(await range('{job="api"}', { start, end: at(-19) }))).toEqual(['two', 'three']);
});

test('what Loki has and the stand-in has not must be told as 501, and nonsense as 404', async () => {
  expect((await loki.get('/loki/api/v1/tail', { query: '{job="api"}' })).status).toBe(501);
  expect((await loki.get('/loki/api/v1/nonsense')).status).toBe(404);
});
