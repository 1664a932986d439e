import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createScrubber } from '@plumbline/contracts';
import { expect, it, onTestFinished } from 'vitest';
import { createApi } from './api.ts';
import { Services } from './services.ts';
import { createTurns } from './turns.ts';

async function start(stateLimitMs: number) {
  const turns = createTurns(() => Date.parse('2026-03-01T12:00:00Z'));
  const services = new Services({ lock: 0, named: () => undefined, scrubber: () => createScrubber() });
  const ended: string[] = [];
  const api = { token: 't', build: 'b', services, turns, stateLimitMs, ended: () => void ended.push('ended') };
  const server = createApi(api).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const ask = async (method: string, path: string, token = 't') => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
    });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
  };
  return { ask, turns, ended };
}

it('must say what it is at, and since when, where the state cannot be told in time, and tell it where it can', async () => {
  const { ask, turns } = await start(20);
  let end: () => void = () => undefined;
  const under = turns.take('PUT /v1/services/loki', () => new Promise<void>((resolve) => (end = resolve)));
  expect(await ask('GET', '/v1/state')).toEqual({
    status: 503,
    body: { busy: { operation: 'PUT /v1/services/loki', since: '2026-03-01T12:00:00.000Z' } },
  });
  end();
  await under;
  expect(await ask('GET', '/v1/state')).toEqual({ status: 200, body: { build: 'b', pid: process.pid, services: [] } });
});

it('must do nothing for who has not the token, and nothing that it does not know', async () => {
  const { ask, ended } = await start(1000);
  for (const [method, path] of [
    ['GET', '/v1/state'],
    ['POST', '/v1/shutdown'],
  ] as const) {
    expect((await ask(method, path, 'x')).status).toBe(401);
    expect((await ask(method, path, '')).status).toBe(401);
  }
  expect((await ask('POST', '/v1/state')).status).toBe(404);
  expect((await ask('GET', '/')).status).toBe(404);
  expect(ended).toEqual([]);
  expect((await ask('GET', '/v1/state')).status).toBe(200);
  expect((await ask('POST', '/v1/shutdown')).status).toBe(204);
  expect(await ask('GET', '/v1/state')).toEqual({ status: 409, body: { closing: true } });
  expect(ended).toEqual(['ended']);
});
