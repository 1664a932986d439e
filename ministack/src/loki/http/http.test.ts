import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Bench, bench } from '../testing.ts';
import { maxBodyBytes } from './body.ts';

let loki: Bench;

beforeAll(async () => {
  loki = await bench();
});

afterAll(() => loki.stop());

async function post(body: string | Buffer<ArrayBuffer>, headers: Record<string, string> = {}): Promise<string> {
  const response = await fetch(`${loki.url}/loki/api/v1/push`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  return `${response.status} ${await response.text()}`.trim();
}

/** Sends bytes as they are and gives back the first line of the answer, or what the connection ended with. */
function raw(text: string): Promise<string> {
  return new Promise((resolve) => {
    const { hostname, port } = new URL(loki.url);
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.end(text));
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      answer += chunk;
    });
    socket.on('error', () => resolve('reset'));
    socket.on('close', () => resolve(answer.split('\r\n')[0] ?? ''));
  });
}

const stamp = () => `${Date.now()}000000`;

test.each([
  ['{}', '204'],
  ['{"streams":null}', '204'],
  ['{"streams":[{"stream":{"a":"b"},"values":[]}]}', '204'],
  ['', '400 loghttp.PushRequest'],
  ['null', '400 loghttp.PushRequest'],
  ['[]', '400 loghttp.PushRequest'],
  ['{"streams":{}}', '400 loghttp.PushRequest.Streams'],
  ['{"streams":[1]}', '400 loghttp.PushRequest.Streams'],
  ['{"streams":[{"stream":{"a":1},"values":[["1","x"]]}]}', '400 loghttp.PushRequest.Streams'],
  ['{"streams":[{"stream":{"a":"b"},"values":[["x","x"]]}]}', '400 loghttp.PushRequest.Streams'],
  ['{"streams":[{"stream":{"a":"b"},"values":[[1,"x"]]}]}', '400 loghttp.PushRequest.Streams'],
  ['{"streams":[{"stream":{"a":"b"},"values":[["99999999999999999999","x"]]}]}', '400 loghttp.PushRequest.Streams'],
  ['{"streams":[{"stream":{"a":"b"},"values":[["1"]]}]}', '400 loghttp.PushRequest.Streams'],
  ['{"streams":[{"stream":{"":"b"},"values":[["1","x"]]}]}', "400 couldn't parse labels: 1:2"],
  [
    '{"streams":[{"stream":{"1a":"b"},"values":[["1","x"]]}]}',
    "400 couldn't parse labels: 1:2: parse error: unexpected character inside braces: '1'",
  ],
  [
    '{"streams":[{"stream":{"a":"b","c.d":"e"},"values":[["1","x"]]}]}',
    "400 couldn't parse labels: 1:10: parse error: unexpected character inside braces: '.'",
  ],
  ['{"streams":[{"stream":{"__proto__":"b"},"values":[["1","x"]]}]}', '400 '],
])('the push %s must be answered with %s', async (body, start) => {
  expect((await post(body)).startsWith(start)).toBe(true);
});

test('content types and encodings that are not read must be refused, and known ones taken', async () => {
  const body = JSON.stringify({ streams: [{ stream: { job: 'gz' }, values: [[stamp(), 'x']] }] });
  expect(await post(body, { 'content-type': 'application/json; charset=utf-8' })).toBe('204');
  expect(await post(gzipSync(body), { 'content-encoding': 'gzip' })).toBe('204');
  expect(await post(body, { 'content-encoding': 'gzip' })).toBe('400 gzip: invalid header');
  expect(await post(body, { 'content-encoding': 'br' })).toBe('400 Content-Encoding "br" not supported');
  expect(await post(body, { 'content-type': 'application/x-protobuf' })).toBe('400 snappy: corrupt input');
});

test('a body over the limit must be refused with 413, as it comes and unpacked', async () => {
  const packed = gzipSync(Buffer.alloc(maxBodyBytes + 1, 0x20));
  expect(await post(packed, { 'content-encoding': 'gzip' })).toContain('413');
  expect(await post(' '.repeat(maxBodyBytes + 1))).toContain('413');
  expect(await post(`{"streams":[]}${' '.repeat(1_000_000)}`)).toBe('204');
});

test('malformed requests of any kind must not end it', async () => {
  let seed = 7;
  const random = (n: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed % n;
  };
  const valid = JSON.stringify({ streams: [{ stream: { job: 'fuzz' }, values: [[stamp(), 'x', { a: 'b' }]] }] });
  for (let n = 0; n < 200; n += 1) {
    const bytes = Buffer.from(valid);
    for (let k = 0; k <= random(4); k += 1) bytes[random(bytes.length)] = random(256);
    expect((await post(bytes.subarray(0, random(bytes.length + 1)))).slice(0, 3)).toMatch(/^(?:204|400)/);
  }
  const marks = [
    '{',
    '}',
    '"',
    '`',
    '|',
    '=',
    '~',
    '!',
    'a',
    '\\',
    '(',
    ')',
    '[',
    '5m',
    ']',
    'sum',
    'rate',
    'json',
    ' ',
    '1',
    '\u0000',
    'é',
    '%',
    '..',
  ];
  for (let n = 0; n < 300; n += 1) {
    const query = Array.from({ length: random(12) }, () => marks[random(marks.length)]).join('');
    const response = await loki.get(n % 2 === 0 ? '/loki/api/v1/query' : '/loki/api/v1/query_range', {
      query,
      start: query,
    });
    await response.text();
    expect([200, 400]).toContain(response.status);
  }
  for (const text of [
    '\r\n\r\n',
    'GET\r\n\r\n',
    'GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n',
    'GET // HTTP/1.1\r\nHost: x\r\n\r\n',
    `GET /${'a'.repeat(70_000)} HTTP/1.1\r\n\r\n`,
  ]) {
    expect(await raw(text)).toMatch(/^HTTP\/1\.1 4|^reset$|^$/);
  }
  expect((await loki.get('/ready')).status).toBe(200);
});

test('every answer must say that it is a stand-in', async () => {
  for (const path of ['/ready', '/config', '/metrics', '/nonsense', '/loki/api/v1/labels', '/loki/api/v1/push']) {
    expect((await loki.get(path)).headers.get('x-plumbline-stand-in')).toBe('loki');
  }
});

test('the metrics must count what was received and what was discarded', async () => {
  const value = async (name: string) => {
    const line = (await (await loki.get('/metrics')).text()).split('\n').find((l) => l.startsWith(name));
    return Number(line?.split(' ')[1] ?? 0);
  };
  const received = 'loki_distributor_lines_received_total{tenant="fake"}';
  const discarded = 'loki_discarded_samples_total{reason="greater_than_max_sample_age",tenant="fake"}';
  const before = [await value(received), await value(discarded)];
  await (
    await loki.push([
      {
        stream: { job: 'm' },
        values: [
          [stamp(), 'x'],
          ['1', 'old'],
        ],
      },
    ])
  ).text();
  expect(await value(received)).toBe((before[0] ?? 0) + 2);
  expect(await value(discarded)).toBe((before[1] ?? 0) + 1);
});

test('a hundred thousand lines must be taken, and one of them be found', async () => {
  const now = BigInt(Date.now()) * 1_000_000n;
  for (let n = 0; n < 100; n += 1) {
    const values = Array.from({ length: 1000 }, (_, k) => [
      String(now - BigInt(100_000 - n * 1000 - k) * 1000n),
      `request ${n}-${k} answered with status=200 after some time`,
    ]);
    expect((await loki.push([{ stream: { job: 'many' }, values }])).status).toBe(204);
  }
  const answer = await loki.get('/loki/api/v1/query_range', { query: '{job="many"} |= "request 99-999 "' });
  const found = (await answer.json()) as { data: { result: { values: unknown[] }[] } };
  expect(found.data.result.flatMap((r) => r.values)).toHaveLength(1);
});
