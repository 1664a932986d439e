import { instantData, rangeData } from '../query/data.ts';
import { BadParameter } from '../query/times.ts';
import { type Answer, notImplemented, plain, success } from './answer.ts';
import type { Context, Request } from './context.ts';
import { indexStatsRoute, labelsRoute, labelValuesRoute, seriesRoute } from './label-routes.ts';
import { pushRoute } from './push-route.ts';
import {
  buildInfoRoute,
  configRoute,
  deleteRequestsRoute,
  metricsRoute,
  readyRoute,
  rulesRoute,
  servicesRoute,
  volumeRoute,
} from './status-routes.ts';

type Handler = (context: Context, request: Request) => Answer;

interface Route {
  readonly methods: readonly string[];
  readonly handle: Handler;
}

const api = '/loki/api/v1';
const read = ['GET', 'POST'];

const routes: Readonly<Record<string, Route>> = {
  '/ready': { methods: ['GET'], handle: readyRoute },
  '/config': { methods: ['GET'], handle: configRoute },
  '/services': { methods: ['GET'], handle: servicesRoute },
  '/metrics': { methods: ['GET'], handle: metricsRoute },
  [`${api}/push`]: { methods: ['POST'], handle: pushRoute },
  [`${api}/labels`]: { methods: read, handle: labelsRoute },
  [`${api}/label`]: { methods: read, handle: labelsRoute },
  [`${api}/series`]: { methods: read, handle: seriesRoute },
  [`${api}/query`]: { methods: read, handle: queryRoute(instantData) },
  [`${api}/query_range`]: { methods: read, handle: queryRoute(rangeData) },
  [`${api}/status/buildinfo`]: { methods: ['GET'], handle: buildInfoRoute },
  [`${api}/index/stats`]: { methods: read, handle: indexStatsRoute },
  [`${api}/index/volume`]: { methods: read, handle: volumeRoute },
  [`${api}/index/volume_range`]: { methods: read, handle: volumeRoute },
  [`${api}/rules`]: { methods: ['GET'], handle: rulesRoute },
  [`${api}/delete`]: { methods: ['GET'], handle: deleteRequestsRoute },
};

/** What Loki has and the stand-in does not: said so, rather than denied. */
const missing = new Set([
  `${api}/tail`,
  `${api}/format_query`,
  `${api}/detected_labels`,
  `${api}/patterns`,
  `${api}/index/shards`,
  `${api}/cache/generation_numbers`,
  '/otlp/v1/logs',
  '/api/prom/push',
  '/api/prom/query',
  '/ring',
  '/memberlist',
  '/flush',
  '/distributor/ring',
  '/indexgateway/ring',
  '/ruler/ring',
  '/compactor/ring',
  '/ingester/shutdown',
  '/log_level',
  '/prometheus/api/v1/rules',
  '/prometheus/api/v1/alerts',
]);

/** Answers a request whose body has been read. */
export function answer(context: Context, request: Request): Answer {
  const values = new RegExp(`^${api}/label/([^/]+)/values$`).exec(request.path)?.[1];
  const route: Route | undefined =
    values === undefined
      ? Object.hasOwn(routes, request.path)
        ? routes[request.path]
        : undefined
      : { methods: read, handle: (c, r) => labelValuesRoute(c, r, values) };
  if (route === undefined)
    return missing.has(request.path) ? notImplemented(request.path) : plain(404, '404 page not found\n');
  if (!route.methods.includes(request.method)) {
    return request.path === `${api}/delete` ? notImplemented('deletion of lines on request') : { status: 405 };
  }
  try {
    return route.handle(context, request);
  } catch (thrown) {
    if (thrown instanceof BadParameter) return plain(400, thrown.message);
    throw thrown;
  }
}

function queryRoute(data: typeof rangeData): Handler {
  return ({ settings, store, now }, { params }) => success(data({ params, settings, store, nowNs: now() }));
}
