import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { err, failure, ok, type Result } from '@plumbline/contracts';
import { writeExposition } from '@plumbline/formats/exposition';
import type { Collector } from '../collector.ts';
import type { Metrics } from '../metrics.ts';
import { componentInfo } from './info.ts';

export interface ServerOptions {
  readonly collector: Collector;
  readonly metrics: Metrics;
  readonly started: string;
  readonly reload: () => Result<true>;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

const plain = (status: number, text: string): Answer => ({ status, type: 'text/plain; charset=utf-8', text });
const json = (value: unknown): Answer => ({ status: 200, type: 'application/json', text: JSON.stringify(value) });
const notFound = plain(404, '404 page not found\n');

/** Listens; a port that is taken is a failure with one sentence. */
export function serve(
  options: ServerOptions,
  at: { readonly host: string; readonly port: number },
): Promise<Result<Server>> {
  const server = createServer((request, response) => respond(request, response, answer(request, options)));
  return new Promise((resolve) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? 'bind: address already in use' : cause.message;
      resolve(err(failure('E_RUNTIME_PORT_CONFLICT', `failed to listen on ${at.host}:${at.port}: ${why}`)));
    });
    server.listen(at.port, at.host, () => resolve(ok(server)));
  });
}

function respond(request: IncomingMessage, response: ServerResponse, { status, type, text }: Answer): void {
  request.resume();
  response.writeHead(status, {
    'Content-Type': type,
    'X-Plumbline-Stand-In': 'alloy',
    'Content-Length': Buffer.byteLength(text),
  });
  response.end(request.method === 'HEAD' ? undefined : text);
}

function answer(request: IncomingMessage, options: ServerOptions): Answer {
  const path = (request.url ?? '/').split('?')[0]!;
  const reading = request.method === 'GET' || request.method === 'HEAD';
  if (path === '/-/reload') {
    if (!reading && request.method !== 'POST') return plain(405, '');
    const reloaded = options.reload();
    if (reloaded.ok) return plain(200, 'config reloaded\n');
    return plain(400, `${sentence(reloaded.failure)}\n`);
  }
  if (!reading) return notFound;
  if (path === '/-/ready') return plain(200, 'Alloy is ready.\n');
  if (path === '/-/healthy') return plain(200, 'All Alloy components are healthy.\n');
  if (path === '/metrics')
    return { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', text: metrics(options) };
  const { collector, started } = options;
  const all = '/api/v0/web/components';
  if (path === all)
    return json([...collector.loaded.graph.nodes.keys()].map((id) => componentInfo(collector, id, started, false)));
  if (path.startsWith(`${all}/`)) {
    const info = componentInfo(collector, path.slice(all.length + 1), started, true);
    return info ? json(info) : notFound;
  }
  return notFound;
}

/** One line for a failure, with its place. */
export function sentence(f: {
  readonly message: string;
  readonly place?: { readonly file?: string; readonly line?: number; readonly column?: number };
}): string {
  const place =
    f.place?.file === undefined
      ? ''
      : `${[f.place.file, f.place.line, f.place.column].filter((p) => p !== undefined).join(':')}: `;
  return `Error: ${place}${f.message}`;
}

function metrics({ metrics, collector }: ServerOptions): string {
  const { loaded } = collector;
  metrics.clear('alloy_config_hash');
  metrics.set('alloy_config_hash', { cluster_name: '', sha256: loaded.sha256 }, 1);
  metrics.set(
    'alloy_component_controller_running_components',
    { controller_id: '', controller_path: '/', health_type: 'healthy' },
    loaded.graph.nodes.size,
  );
  metrics.clear('loki_source_file_files_active_total');
  for (const node of loaded.graph.nodes.values()) {
    if (node.name !== 'loki.source.file') continue;
    const active = collector.tailsOf(node.id).filter((tail) => tail.running).length;
    metrics.set('loki_source_file_files_active_total', { component_id: node.id, component_path: '/' }, active);
  }
  return writeExposition(metrics.read());
}
