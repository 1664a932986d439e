import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Answer, message, plain } from './answer.ts';
import { readBody } from './body.ts';
import type { Context } from './context.ts';
import { answer, routeName } from './routes.ts';

/** The HTTP server, neither listening nor answering yet. */
export function makeServer(): Server {
  const server = createServer({ maxHeaderSize: 64 * 1024 });
  server.headersTimeout = 10_000;
  server.requestTimeout = 30_000;
  server.keepAliveTimeout = 65_000;
  server.maxConnections = 512;
  return server;
}

/** Begins to answer. Every answer says that it is a stand-in's. */
export function serve(server: Server, context: Context): void {
  server.on('request', (request, response) => {
    void respond(context, request, response)
      .catch((thrown: unknown) => {
        const err = thrown instanceof Error ? thrown.message : String(thrown);
        context.log('error', 'a request could not be answered', { path: pathOf(request), err });
        return message(500, 'Internal Server Error');
      })
      .then((made) => {
        context.metrics.answered(request.method ?? '', routeName(pathOf(request)), made.status);
        send(request, response, made);
      });
  });
}

async function respond(context: Context, request: IncomingMessage, response: ServerResponse): Promise<Answer> {
  const url = parseUrl(request.url ?? '/');
  if (url === undefined) return plain(400, '400 Bad Request');
  const body = await readBody(request);
  if (body === 'cut') return plain(400, '400 Bad Request');
  if (body === 'too large') return message(413, 'http: request body too large');
  // Whoever hangs up no longer waits for a data source's answer.
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  return answer(context, {
    ...url,
    method: request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET'),
    headers: request.headers,
    body,
    signal: gone.signal,
  });
}

function send(request: IncomingMessage, response: ServerResponse, { status, type, body, headers }: Answer): void {
  if (response.destroyed) return;
  for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value as string);
  response.setHeader('X-Plumbline-Stand-In', 'grafana');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  if (!response.hasHeader('Cache-Control')) response.setHeader('Cache-Control', 'no-store');
  if (type !== undefined) response.setHeader('Content-Type', type);
  if (!request.complete) response.setHeader('Connection', 'close');
  response.writeHead(status);
  response.end(request.method === 'HEAD' ? undefined : body);
}

function parseUrl(url: string) {
  try {
    const { pathname, search, searchParams } = new URL(url, 'http://localhost');
    return { rawPath: pathname, path: decodeURIComponent(pathname), search, params: searchParams };
  } catch {
    return undefined;
  }
}

/** The query is left out of logs and metrics: it is whatever a client sends. */
function pathOf(request: IncomingMessage): string {
  return (request.url ?? '').split('?')[0] ?? '';
}
