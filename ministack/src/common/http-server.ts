import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { err, failure, ok, type Result } from '@plumbline/contracts';
import type { Log } from './child.ts';

/** A request as a handler sees it: parameters of the query string and of a form are one. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly params: URLSearchParams;
  readonly body: string;
}

/** An answer before it is written to a socket. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

export function plain(status: number, body: string): Answer {
  return { status, type: 'text/plain; charset=utf-8', body };
}

/** What serves every path that nothing else does, in the words of Go's own server. */
export const notFound: Answer = plain(404, '404 page not found\n');

const maxBodyBytes = 1024 * 1024;

/** A server within bounds, not listening yet. Every answer says which service's stand-in it is from. */
export function boundedServer(name: string, handle: (asked: Asked) => Answer | Promise<Answer>, log: Log): Server {
  const server = createServer({ maxHeaderSize: 64 * 1024 }, (request, response) => {
    void respond(request, handle)
      .catch((thrown: unknown) => {
        const why = thrown instanceof Error ? thrown.message : String(thrown);
        log('error', 'a request could not be answered', { path: request.url ?? '', err: why });
        return plain(500, `${why}\n`);
      })
      .then((answer) => send(request, response, name, answer));
  });
  // What is not even a request is answered before any handler, so it is marked here.
  server.on('clientError', (_, socket) => {
    if (!socket.writable) return socket.destroy();
    const head = [
      'HTTP/1.1 400 Bad Request',
      `X-Plumbline-Stand-In: ${name}`,
      'Content-Length: 0',
      'Connection: close',
    ];
    return socket.end(`${head.join('\r\n')}\r\n\r\n`);
  });
  server.headersTimeout = 10_000;
  server.requestTimeout = 30_000;
  server.keepAliveTimeout = 65_000;
  server.maxConnections = 512;
  return server;
}

async function respond(request: IncomingMessage, handle: (asked: Asked) => Answer | Promise<Answer>): Promise<Answer> {
  const url = parseUrl(request.url ?? '/');
  if (url === undefined) return plain(400, '400 Bad Request');
  const body = await receive(request);
  if (body === undefined) return plain(413, `request body too large: more than ${maxBodyBytes} bytes\n`);
  const params = new URLSearchParams(url.search);
  if ((request.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded')) {
    for (const [name, value] of new URLSearchParams(body)) params.append(name, value);
  }
  return handle({ method: request.method ?? 'GET', path: url.pathname, params, body });
}

/** What is over the limit is read and thrown away, so that the client sees the answer. */
function receive(request: IncomingMessage): Promise<string | undefined> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBodyBytes) chunks.push(chunk);
      if (size > 16 * maxBodyBytes) request.destroy();
    });
    request.once('end', () => resolve(size > maxBodyBytes ? undefined : Buffer.concat(chunks).toString('utf8')));
    request.once('error', () => resolve(undefined));
    request.once('close', () => resolve(undefined));
  });
}

function send(request: IncomingMessage, response: ServerResponse, name: string, { status, type, body }: Answer): void {
  response.writeHead(status, {
    'Content-Type': type,
    'X-Plumbline-Stand-In': name,
    'Content-Length': Buffer.byteLength(body),
    ...(status >= 400 && type.startsWith('text/plain') ? { 'X-Content-Type-Options': 'nosniff' } : {}),
    ...(request.complete ? {} : { Connection: 'close' }),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function parseUrl(url: string): { readonly pathname: string; readonly search: string } | undefined {
  try {
    const { pathname, search } = new URL(url, 'http://localhost');
    return { pathname: decodeURIComponent(pathname), search };
  } catch {
    return undefined;
  }
}

/** Listens; what is in the way is one failure that names the address. */
export function listen(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<Result<number>> {
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'bind: address already in use' : error.message;
      resolve(err(failure('E_RUNTIME_PORT_CONFLICT', `listen tcp ${host}:${port}: ${why}`)));
    });
    server.listen(port, host, () => {
      const bound = server.address();
      resolve(ok(typeof bound === 'object' && bound !== null ? bound.port : port));
    });
  });
}

/** Lets answers under way end, but not for longer than a second and a half: whoever asked for the end waits for two. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), 1500);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}
