import { accountPassword, logInRoute, logOutRoute, orgRoute, userRoute } from './account-routes.ts';
import { type Answer, message, notImplemented, plain } from './answer.ts';
import { authenticate } from './auth.ts';
import type { Context, Identity, Request } from './context.ts';
import { dashboardRoute, folderRoute, foldersRoute, searchRoute, tagsRoute } from './dashboard-routes.ts';
import { dataSourceByName, dataSourceByUid, dataSourceHealth, dataSourcesRoute } from './datasource-routes.ts';
import { proxyRoute } from './proxy.ts';

/** A handler gets the parts of the path that its pattern leaves open. */
type Handler = (
  context: Context,
  request: Request,
  who: Identity,
  parts: readonly string[],
) => Answer | Promise<Answer>;

type Open = (context: Context, request: Request) => Answer | Promise<Answer>;

/** Answered whoever asks. */
const open: Readonly<Record<string, Open>> = {
  'GET /api/health': ({ users }) => healthRoute(users.isThere()),
  'GET /healthz': () => plain(200, 'Ok'),
  'GET /metrics': ({ settings, metrics, dashboards, dataSources }) =>
    settings.metrics
      ? { ...plain(200, metrics.text(dashboards, dataSources)), type: 'text/plain; version=0.0.4; charset=utf-8' }
      : message(404, 'Not found'),
  'POST /login': logInRoute,
  'GET /login': () => page,
  'GET /logout': logOutRoute,
};

/** `*` is one part of a path, `**` all the rest. */
const closed: readonly (readonly [string, string, Handler])[] = [
  ['GET', '/api/search', searchRoute],
  ['GET', '/api/dashboards/tags', tagsRoute],
  ['GET', '/api/dashboards/uid/*', dashboardRoute],
  ['GET', '/api/folders', foldersRoute],
  ['GET', '/api/folders/*', folderRoute],
  ['GET', '/api/datasources', dataSourcesRoute],
  ['GET', '/api/datasources/uid/*', dataSourceByUid],
  ['GET', '/api/datasources/name/*', dataSourceByName],
  ['GET', '/api/datasources/uid/*/health', dataSourceHealth],
  ['*', '/api/datasources/proxy/uid/**', proxyRoute],
  ['GET', '/api/org', orgRoute],
  ['GET', '/api/user', userRoute],
  ['PUT', '/api/user/password', accountPassword],
];

/** The beginnings of what Grafana has and the stand-in does not: said so, rather than denied. */
const missing =
  /^\/api\/(?:access-control|admin|alertmanager|alerts|annotations|auth|dashboards|datasources|ds|folders|frontend|frontend-metrics|live|library-elements|licensing|login|org|orgs|playlists|plugins|prometheus|query-history|ruler|serviceaccounts|short-urls|snapshots?|teams|user|users|v1)(?:\/|$)/;

const page: Answer = {
  status: 200,
  type: 'text/html; charset=UTF-8',
  body: '<!DOCTYPE html><title>Stand-in</title><p>This is a stand-in for Grafana on the embedded engine. It has no pages, only the API.</p>\n',
};

/** Answers a request whose body has been read. */
export async function answer(context: Context, request: Request): Promise<Answer> {
  const { method, path } = request;
  const direct = Object.hasOwn(open, `${method} ${path}`) ? open[`${method} ${path}`] : undefined;
  if (direct !== undefined) return direct(context, request);
  const route = closed.find(([wanted, pattern]) => (wanted === '*' || wanted === method) && match(pattern, path));
  const api = path === '/api' || path.startsWith('/api/');
  if (route === undefined && api && !missing.test(path)) return { ...message(404, 'Not found'), ...contextType };
  const caller = authenticate(context, request);
  if (!caller.ok) return api ? caller.answer : { status: 302, headers: { Location: '/login' } };
  if (route !== undefined) return route[2](context, request, caller.who, match(route[1], path) ?? []);
  return api ? notImplemented(`${method} ${path}`) : page;
}

const contextType = { type: 'application/json; charset=UTF-8' };

/** The commit is what a build has, and this is none. */
function healthRoute(databaseOk: boolean): Answer {
  const body = { commit: 'stand-in', database: databaseOk ? 'ok' : 'failing', version: '11.1.0' };
  return { status: databaseOk ? 200 : 503, ...contextType, body: JSON.stringify(body, null, 2) };
}

/** One name a route, so that the metric has few series whatever paths are asked for. */
export function routeName(path: string): string {
  if (open[`GET ${path}`] !== undefined) return path;
  return closed.find(([, pattern]) => match(pattern, path))?.[1] ?? 'other';
}

/** The open parts of a path, or nothing where it is another path. */
function match(pattern: string, path: string): readonly string[] | undefined {
  const wanted = pattern.split('/');
  const given = path.replace(/(?<=.)\/$/, '').split('/');
  const rest = wanted.at(-1) === '**';
  if (rest ? given.length < wanted.length : given.length !== wanted.length) return undefined;
  const parts: string[] = [];
  for (const [index, part] of wanted.entries()) {
    if (part === '**') return [...parts, ...given.slice(index)];
    if (part === '*') parts.push(given[index] ?? '');
    else if (part !== given[index]) return undefined;
  }
  return parts;
}
