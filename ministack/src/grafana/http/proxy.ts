import type { DataSource } from '../provisioning/datasources.ts';
import { type Answer, json, notImplemented, traced } from './answer.ts';
import type { Context, Identity, Request } from './context.ts';
import { ask } from './upstream.ts';

/** What Grafana lets through to Prometheus by other methods than GET: the queries that may be too long for a URL. */
const prometheusPosts = /^api\/v1\/(?:query|query_range|series|labels|query_exemplars)$/;
const passedOn = ['content-type', 'accept', 'x-scope-orgid', 'x-query-tags'];
const passedBack = ['cache-control', 'retry-after', 'location'];

/** Passes a request to a data source. The caller's own credentials and cookies stay here. */
export async function proxyRoute(
  context: Context,
  request: Request,
  _: Identity,
  [uid]: readonly string[],
): Promise<Answer> {
  const source = context.dataSources.find((candidate) => candidate.uid === uid);
  if (source === undefined) return traced(404, 'Unable to find datasource');
  const { method } = request;
  const path = request.rawPath.split('/').slice(6).join('/');
  if (path.split('/').some((part) => /^(?:\.|%2e){1,2}$/i.test(part))) return traced(400, 'invalid path');
  const refusal = refuse(source, method, path);
  if (refusal !== undefined) return json({ message: refusal }, 403);
  if (method !== 'GET' && method !== 'POST') return notImplemented(`${method} through the data source proxy`);
  const answer = await ask(context.world, source, {
    method,
    target: `${path}${request.search}`,
    headers: headers(request),
    body: request.body,
    signal: AbortSignal.any([request.signal, AbortSignal.timeout(context.settings.proxyTimeoutMs)]),
  });
  if (!answer.ok) {
    context.log('error', 'Proxy request failed', {
      logger: 'data-proxy-log',
      uid: source.uid,
      err: answer.failure.why,
    });
    return { status: answer.failure.timedOut ? 504 : 502 };
  }
  const { status, body } = answer.value;
  const back = passedBack.flatMap((name) => {
    const value = answer.value.headers.get(name);
    return value === null ? [] : [[name, value] as const];
  });
  const type = answer.value.headers.get('content-type');
  return { status, body, headers: Object.fromEntries(back), ...(type === null ? {} : { type }) };
}

function refuse({ type }: DataSource, method: string, path: string): string | undefined {
  if (type !== 'prometheus' || method === 'GET') return undefined;
  if (method === 'POST' && prometheusPosts.test(path)) return undefined;
  return `non allow-listed ${method}s not allowed on proxied Prometheus datasource`;
}

function headers(request: Request): Record<string, string> {
  return Object.fromEntries(
    passedOn.flatMap((name) => {
      const value = request.headers[name];
      return typeof value === 'string' ? [[name, value] as const] : [];
    }),
  );
}
