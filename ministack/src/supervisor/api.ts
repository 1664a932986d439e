import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Busy, State } from './protocol.ts';
import type { Services } from './services.ts';
import { readSpec } from './spec.ts';
import type { Turns } from './turns.ts';

const MAX_BODY = 1 << 20;

/** What the API of a supervisor is about. */
export interface Api {
  readonly token: string;
  readonly build: string;
  readonly services: Services;
  readonly turns: Turns;
  /** How long the state is waited for, in milliseconds. */
  readonly stateLimitMs: number;
  /** Is called once everything has stopped and the answer is written. */
  readonly ended: () => void;
}

interface Answer {
  readonly status: number;
  readonly value?: unknown;
  /** Nothing is left to do after it. */
  readonly last?: true;
}

const CLOSING: Answer = { status: 409, value: { closing: true } };

/** The server of the requests that protocol.ts lists. Not listening yet. */
export function createApi(api: Api): Server {
  return createServer((request, response) => {
    const asker = { gone: false };
    response.once('close', () => {
      asker.gone = true;
    });
    void answer(request, asker, api)
      .catch((thrown: unknown): Answer => ({ status: 500, value: { message: messageOf(thrown) } }))
      .then(async (said) => {
        await send(response, said);
        if (said.last) api.ended();
      });
  });
}

async function answer(request: IncomingMessage, asker: { readonly gone: boolean }, api: Api): Promise<Answer> {
  const { services, turns } = api;
  if (!isAuthorised(request, api.token)) return { status: 401, value: { message: 'wrong token' } };
  const [, version, noun, given] = (request.url ?? '').split('/');
  const route = `${request.method} /${version}/${noun}${given === undefined ? '' : '/*'}`;
  const name = decodeURIComponent(given ?? '');
  // Nobody waits for what an asker that is gone wanted, and the next run may have begun with something else.
  const operation = (work: () => Promise<Answer>) =>
    services.closing
      ? CLOSING
      : turns.take(route.replace('*', name), async () => (services.closing || asker.gone ? CLOSING : work()));
  switch (route) {
    case 'GET /v1/state':
      return stateOf(api);
    case 'PUT /v1/services/*': {
      const spec = body(request).then(readSpec, messageOf);
      return operation(async () => {
        const read = await spec;
        if (typeof read === 'string') return { status: 400, value: { message: read } };
        const put = await services.put(name, read);
        return { status: 'service' in put ? 200 : 409, value: put };
      });
    }
    case 'DELETE /v1/services/*':
      return operation(async () => {
        await services.remove(name);
        return { status: 204 };
      });
    case 'POST /v1/shutdown':
      // At once, so that what waits for its turn is not done any more.
      services.close();
      await turns.take('shutdown', () => services.stopAll());
      return { status: 204, last: true };
    default:
      return { status: 404, value: { message: `no ${route}` } };
  }
}

/** The state between two changes, never in the middle of one. */
async function stateOf({ services, turns, build, stateLimitMs }: Api): Promise<Answer> {
  if (services.closing) return CLOSING;
  const state = await turns.takeWithin(stateLimitMs, 'state', (): State | 'closing' =>
    services.closing ? 'closing' : { build, pid: process.pid, services: services.state() },
  );
  if (state === 'closing') return CLOSING;
  if (state !== undefined) return { status: 200, value: state };
  const { name, since } = turns.underWay ?? { name: 'state', since: Date.now() };
  const busy: Busy = { busy: { operation: name, since: new Date(since).toISOString() } };
  return { status: 503, value: busy };
}

function isAuthorised({ headers }: IncomingMessage, token: string): boolean {
  const given = Buffer.from(headers.authorization ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

async function body(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) throw new Error('the request is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Resolves when the answer is written, or nobody is left to take it. */
function send(response: ServerResponse, { status, value }: Answer): Promise<void> {
  return new Promise((resolve) => {
    if (response.destroyed) return resolve();
    response.once('close', resolve);
    response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
    response.end(value === undefined ? undefined : JSON.stringify(value));
  });
}
