import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createScrubber, type Endpoint, type HealthContract } from '@plumbline/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { clock } from './clock.ts';
import { createHealth } from './health.ts';
import { createHttp } from './http.ts';

const http = createHttp(createScrubber(['s3cret-of-the-test']));

// Servers that misbehave in the ways that real ones do. Each answer must end within its limit, with one clear reason.
let server: Server | undefined;

afterEach(async () => {
  server?.closeAllConnections();
  server?.close();
});

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const text: Endpoint = {
  id: 'ready',
  service: 's',
  ready: true,
  required: true,
  path: '/ready',
  expect: { status: 200, body: { type: 'text', equals: 'ready' } },
  timeout_ms: 20_000,
  retries: 0,
  backoff_ms: 0,
};
const json: Endpoint = {
  ...text,
  expect: { status: 200, body: { type: 'json', path: '$.status', equals: 'success' } },
};
const metrics: Endpoint = { ...text, expect: { status: 200, body: { type: 'metrics', metric: 'build_info' } } };

async function check(endpoint: Endpoint, listener: RequestListener) {
  const address = await serve(listener);
  const contract: HealthContract = { schema_version: '1', endpoints: [endpoint], apis: {} };
  const health = createHealth(contract, { ports: { s: Number(address.split(':')[1]) } }, http, clock);
  return health.check(endpoint, { signal: new AbortController().signal });
}

/** For a server that is known never to answer. */
const brief = (endpoint: Endpoint): Endpoint => ({ ...endpoint, timeout_ms: 300 });

const page = '<html><body>success ready build_info 1</body></html>';
const always: readonly (readonly [string, RequestListener, RegExp])[] = [
  ['answers too late', () => undefined, /no answer within 300 ms/],
  ['begins and never ends', (_, response) => void response.writeHead(200).write('rea'), /no answer within 300 ms/],
  [
    'cuts its answer off',
    (_, response) => void response.writeHead(200, { 'content-length': 99 }).write('ready', () => response.destroy()),
    /GET .*: /,
  ],
  ['gives an error page with status 200', (_, response) => void response.end(page), /answered|selects/],
  [
    'gives an error page with its status',
    (_, response) => void response.writeHead(502).end(page),
    /answered 502, not 200/,
  ],
  [
    'sends somewhere else',
    (_, response) => void response.writeHead(302, { location: '/login' }).end(),
    /answered 302, not 200/,
  ],
  ['answers with nothing', (_, response) => void response.end(), /answered/],
];

describe.each([
  ['text', text, 'ready\n'],
  ['json', json, '{"status":"success"}'],
  ['metrics', metrics, '# TYPE build_info gauge\nbuild_info{version="1"} 1\n'],
] as const)('an endpoint that promises %s', (_, endpoint, good) => {
  it('must hold for what it promises', async () => {
    expect((await check(endpoint, (_request, response) => void response.end(good))).healthy).toBe(true);
  });

  it.each(always)('must not hold where the server %s', async (_what, listener, says) => {
    const seen = await check(says.source.includes('300 ms') ? brief(endpoint) : endpoint, listener);
    expect(seen.healthy).toBe(false);
    expect(seen.attempts).toHaveLength(1);
    expect(seen.failure?.message).toMatch(says);
    expect(['E_NETWORK_UNREACHABLE', 'E_NETWORK_BAD_ANSWER']).toContain(seen.failure?.code);
  });
});

describe('an answer', () => {
  it.each([
    ['of another status in the right place', json, '{"status":"error"}', /\$\.status is "error", not "success"/],
    ['that says the word elsewhere', json, '{"data":["success"]}', /\$\.status selects nothing/],
    ['with the word among others', text, 'not ready', /answered "not ready", not "ready"/],
    ['with a metric of another name', metrics, 'build_information 1\n', /answered metrics without build_info/],
  ])('%s must not hold', async (_, endpoint, body, says) => {
    const seen = await check(endpoint, (_request, response) => void response.end(body));
    expect(seen.healthy).toBe(false);
    expect(seen.failure?.message).toMatch(says);
  });

  it('that is larger than anybody reads must be given up, and not kept', async () => {
    const address = await serve((_, response) => {
      const chunk = Buffer.alloc(1 << 20, 'x');
      const more = () => {
        while (!response.destroyed && response.write(chunk));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    });
    const answer = await http.get(`http://${address}/`, { timeoutMs: 20_000 });
    expect(answer).toMatchObject({ ok: false, failure: { code: 'E_NETWORK_BAD_ANSWER' } });
    expect(answer.ok ? '' : answer.failure.message).toContain('is larger than');
  });

  it('must be told without a secret, also where the end of what is told would go through it', async () => {
    const page = `${'x'.repeat(192)}s3cret-of-the-test and more`;
    const seen = await check(text, (_, response) => void response.writeHead(500).end(page));
    expect(seen.attempts[0]?.body).toBe(`${'x'.repeat(192)}***REDAC`);
    expect(JSON.stringify(seen)).not.toContain('s3c');
    const other = await check(text, (_, response) => void response.writeHead(500).end(page.replace('s3', 'S3')));
    expect(other.attempts[0]?.body).toBe(`${'x'.repeat(192)}S3cret-o`);
  });

  it('must end at once when the run is cancelled', async () => {
    const controller = new AbortController();
    const address = await serve(() => controller.abort());
    const answer = await http.get(`http://${address}/`, { timeoutMs: 60_000, signal: controller.signal });
    expect(answer).toMatchObject({ ok: false, failure: { code: 'E_NETWORK_UNREACHABLE' } });
  });
});
