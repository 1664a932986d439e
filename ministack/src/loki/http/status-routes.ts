import { existsSync } from 'node:fs';
import { formatGoDuration } from '@plumbline/formats/logql';
import { writeYaml } from '@plumbline/formats/yaml';
import { isMap } from '../config/defaults.ts';
import { type Answer, json, notImplemented, plain } from './answer.ts';
import type { Context } from './context.ts';

const services = [
  'cache-generation-loader',
  'analytics',
  'compactor',
  'ingester-querier',
  'store',
  'distributor',
  'querier',
  'server',
  'query-frontend-tripperware',
  'query-scheduler',
  'query-frontend',
  'memberlist-kv',
  'ring',
  'ruler',
  'query-scheduler-ring',
  'ingester',
];

export function readyRoute({ settings, startedNs, now }: Context): Answer {
  if (now() - startedNs >= settings.minReadyNs) return plain(200, 'ready\n');
  return plain(503, `Ingester not ready: waiting for ${formatGoDuration(settings.minReadyNs)} after being ready\n`);
}

/** Every default spelled out; `auth_enabled` only where it is true, as in Loki. */
export function configRoute({ settings }: Context): Answer {
  const { tree } = settings;
  const shown = isMap(tree)
    ? Object.fromEntries(Object.entries(tree).filter(([key, value]) => key !== 'auth_enabled' || value === true))
    : {};
  return { status: 200, type: 'text/plain; charset=utf-8', body: writeYaml(shown) };
}

export function buildInfoRoute(): Answer {
  return json(
    { version: '', revision: '', branch: '', buildUser: '', buildDate: '', goVersion: '' },
    'application/json',
  );
}

export function servicesRoute(): Answer {
  return plain(200, services.map((name) => `${name} => Running\n`).join(''));
}

export function metricsRoute({ metrics, store }: Context): Answer {
  return {
    status: 200,
    type: 'text/plain; version=0.0.4; charset=utf-8; escaping=values',
    body: metrics.text(store.streamCount()),
  };
}

/** The ruler looks for the one tenant's rules in a directory that is not there until somebody writes rules. */
export function rulesRoute({ settings, hostPath }: Context): Answer {
  const directory = `${settings.rulesDirectory}/fake`;
  const here = hostPath(directory);
  if (here !== undefined && existsSync(here)) return notImplemented(`rules in ${directory}`);
  return plain(400, `unable to read rule dir ${directory}: open ${directory}: no such file or directory\n`);
}

export function volumeRoute({ settings }: Context): Answer {
  return settings.limits.volumeEnabled ? notImplemented('/loki/api/v1/index/volume') : plain(404, 'not found');
}

export function deleteRequestsRoute(): Answer {
  return json([], 'application/json');
}
