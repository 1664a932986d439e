import { type Answer, type Asked, notFound, plain } from '../../common/http-server.ts';
import { QueryFault } from '../query/value.ts';
import { ApiFault, refused } from './answer.ts';
import type { Context } from './context.ts';
import { queryRangeRoute, queryRoute } from './query-routes.ts';
import { labelsRoute, labelValuesRoute, metadataRoute, seriesRoute } from './series-routes.ts';
import { alertsRoute, rulesRoute, targetsRoute } from './state-routes.ts';
import {
  buildInfoRoute,
  configRoute,
  flagsRoute,
  metricsRoute,
  reloadRoute,
  runtimeInfoRoute,
} from './status-routes.ts';

type Handler = (context: Context, asked: Asked) => Answer | Promise<Answer>;

interface Route {
  readonly methods: readonly string[];
  readonly handle: Handler;
}

const api = '/api/v1';
const get = (handle: Handler): Route => ({ methods: ['GET', 'HEAD'], handle });
const read = (handle: Handler): Route => ({ methods: ['GET', 'HEAD', 'POST'], handle });

const routes: Readonly<Record<string, Route>> = {
  '/-/ready': get(() => plain(200, 'Prometheus Server is Ready.\n')),
  '/-/healthy': get(() => plain(200, 'Prometheus Server is Healthy.\n')),
  '/-/reload': { methods: ['GET', 'POST', 'PUT'], handle: reloadRoute },
  '/metrics': get(metricsRoute),
  [`${api}/query`]: read(queryRoute),
  [`${api}/query_range`]: read(queryRangeRoute),
  [`${api}/series`]: read(seriesRoute),
  [`${api}/labels`]: read(labelsRoute),
  [`${api}/metadata`]: get(metadataRoute),
  [`${api}/targets`]: get(targetsRoute),
  [`${api}/rules`]: get(rulesRoute),
  [`${api}/alerts`]: get(alertsRoute),
  [`${api}/status/config`]: get(configRoute),
  [`${api}/status/runtimeinfo`]: get(runtimeInfoRoute),
  [`${api}/status/buildinfo`]: get(buildInfoRoute),
  [`${api}/status/flags`]: get(flagsRoute),
};

/** What Prometheus has and the stand-in does not: said so, rather than denied. */
const missing = new Set([
  '/',
  '/graph',
  '/alerts',
  '/rules',
  '/targets',
  '/federate',
  '/-/quit',
  `${api}/query_exemplars`,
  `${api}/format_query`,
  `${api}/alertmanagers`,
  `${api}/targets/metadata`,
  `${api}/scrape_pools`,
  `${api}/status/tsdb`,
  `${api}/status/walreplay`,
  `${api}/read`,
  `${api}/write`,
]);

/** Answers a request. */
export async function answer(context: Context, asked: Asked): Promise<Answer> {
  const values = new RegExp(`^${api}/label/([^/]+)/values$`).exec(asked.path)?.[1];
  const own = Object.hasOwn(routes, asked.path) ? routes[asked.path] : undefined;
  const route = values === undefined ? own : get((c, a) => labelValuesRoute(c, a, values));
  const made = route === undefined ? unknown(asked.path) : await handled(route, context, asked);
  const handler = own !== undefined ? asked.path : values === undefined ? 'other' : `${api}/label/:name/values`;
  const key = `${handler} ${made.status}`;
  context.answered.set(key, (context.answered.get(key) ?? 0) + 1);
  return made;
}

function unknown(path: string): Answer {
  return missing.has(path) ? plain(501, `not implemented by this stand-in: ${path}\n`) : notFound;
}

async function handled(route: Route, context: Context, asked: Asked): Promise<Answer> {
  if (!route.methods.includes(asked.method)) return plain(405, 'Method Not Allowed\n');
  try {
    return await route.handle(context, asked);
  } catch (thrown) {
    if (thrown instanceof ApiFault) return refused(thrown);
    if (thrown instanceof QueryFault) return refused(new ApiFault(thrown.kind, thrown.message));
    throw thrown;
  }
}
