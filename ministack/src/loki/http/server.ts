import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Log } from '../../common/child.ts';
import { type Answer, plain } from './answer.ts';
import { readBody } from './body.ts';
import type { Context } from './context.ts';
import { answer } from './routes.ts';

/** The HTTP server, neither listening nor answering yet. */
export function makeServer(): Server {
  const server = createServer({ maxHeaderSize: 64 * 1024 });
  server.headersTimeout = 10_000;
  server.requestTimeout = 30_000;
  server.keepAliveTimeout = 65_000;
  return server;
}

/** Begins to answer. Every answer says that it is a stand-in's. */
export function serve(server: Server, context: Context, log: Log): void {
  server.on('request', (request, response) => {
    void respond(context, request)
      .catch((thrown: unknown) => {
        log('error', 'a request could not be answered', { path: request.url ?? '', err: reason(thrown) });
        return plain(500, `${reason(thrown)}\n`);
      })
      .then((made) => {
        context.metrics.answered(request.method ?? '', routeName(request.url ?? ''), made.status);
        send(request, response, made);
      });
  });
}

async function respond(context: Context, request: IncomingMessage): Promise<Answer> {
  const url = parseUrl(request.url ?? '/');
  if (url === undefined) return plain(400, '400 Bad Request');
  const body = await readBody(request);
  if (!body.ok) return body.answer;
  const contentType = request.headers['content-type'] ?? '';
  const params = new URLSearchParams(url.search);
  if (contentType.startsWith('application/x-www-form-urlencoded')) {
    for (const [name, value] of new URLSearchParams(body.text)) params.append(name, value);
  }
  return answer(context, { method: request.method ?? 'GET', path: url.pathname, params, contentType, body: body.text });
}

function send(request: IncomingMessage, response: ServerResponse, { status, type, body }: Answer): void {
  response.setHeader('X-Plumbline-Stand-In', 'loki');
  if (type !== undefined) response.setHeader('Content-Type', type);
  if (status >= 400 && type?.startsWith('text/plain')) response.setHeader('X-Content-Type-Options', 'nosniff');
  /** A body that was not read to its end leaves the connection of no further use. */
  if (!request.complete) response.setHeader('Connection', 'close');
  response.writeHead(status);
  response.end(body);
}

function parseUrl(url: string): { readonly pathname: string; readonly search: string } | undefined {
  try {
    const { pathname, search } = new URL(url, 'http://localhost');
    return { pathname: decodeURIComponent(pathname), search };
  } catch {
    return undefined;
  }
}

/** One name a route, so that the metric has few series whatever paths are asked for. */
function routeName(url: string): string {
  const path = url.split('?')[0] ?? '';
  if (/^\/loki\/api\/v1\/label\/[^/]+\/values$/.test(path)) return 'loki_api_v1_label_name_values';
  return /^\/(?:loki\/api\/v1\/[a-z_]+(?:\/[a-z_]+)?|ready|config|services|metrics)$/.test(path)
    ? path.slice(1).replaceAll('/', '_')
    : 'other';
}

function reason(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
