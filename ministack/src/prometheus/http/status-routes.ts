import { formatPromDuration } from '@plumbline/formats/promql';
import { writeYaml } from '@plumbline/formats/yaml';
import { type Answer, type Asked, plain } from '../../common/http-server.ts';
import { metricsText } from '../metrics.ts';
import { success } from './answer.ts';
import type { Context } from './context.ts';

export const version = '2.52.0';

export function configRoute({ running }: Context): Answer {
  return success({ yaml: writeYaml(running.loaded().config.shown) });
}

export function flagsRoute({ args }: Context): Answer {
  return success(args.all);
}

export function buildInfoRoute(): Answer {
  return success({ version, revision: '', branch: '', buildUser: '', buildDate: '', goVersion: '' });
}

export function runtimeInfoRoute({ args, running, startedMs }: Context): Answer {
  return success({
    startTime: new Date(startedMs).toISOString(),
    CWD: '/prometheus',
    reloadConfigSuccess: running.reloadOk(),
    lastConfigTime: new Date(running.loadedAt()).toISOString().replace(/\.\d+Z$/, 'Z'),
    corruptionCount: 0,
    goroutineCount: 0,
    GOMAXPROCS: 1,
    GOMEMLIMIT: 0,
    GOGC: '',
    GODEBUG: '',
    storageRetention: formatPromDuration(args.retentionMs),
  });
}

export function metricsRoute(context: Context): Answer {
  const { store, running, startedMs, answered } = context;
  const body = metricsText({
    version,
    samples: store.samples(),
    series: store.seriesCount(),
    cutBefore: store.cutBefore(),
    reloadOk: running.reloadOk(),
    loadedAt: running.loadedAt(),
    startedMs,
    answered,
  });
  return { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body };
}

export async function reloadRoute({ args, running }: Context, { method }: Asked): Promise<Answer> {
  if (!args.lifecycle) return plain(403, 'Lifecycle API is not enabled.');
  if (method !== 'POST' && method !== 'PUT') return plain(405, 'Only POST or PUT requests allowed');
  const reloaded = await running.reload();
  if (reloaded.ok) return plain(200, '');
  return plain(
    500,
    `failed to reload config: couldn't load configuration (--config.file="${args.configFile}"): ${reloaded.failure.message}\n`,
  );
}
