import { mkdirSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { err, failure, ok, type Result } from '@plumbline/contracts';
import type { Log } from '../common/child.ts';
import { hostPath, listenAddress, type World } from '../common/world.ts';
import type { Sources } from './config/expand.ts';
import type { Settings } from './config/settings.ts';
import { makeServer, serve } from './http/server.ts';
import { startMetrics } from './metrics.ts';
import { type Dashboards, makeDashboards } from './provisioning/dashboards.ts';
import { readDataSources } from './provisioning/datasources.ts';
import { type Provider, readProviders } from './provisioning/providers.ts';
import { countAttempts } from './store/attempts.ts';
import { openUsers } from './store/users.ts';

/** A stand-in that listens. */
export interface Running {
  readonly host: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** Listens, opens the database and provisions it; what is in the way of any of these is one failure that names it. */
export async function start(world: World, settings: Settings, sources: Sources, log: Log): Promise<Result<Running>> {
  const address = listenAddress(world, String(settings.port));
  if (address === undefined) {
    return err(
      failure(
        'E_CONFIG_SERVICE_INVALID',
        `server.http_port ${settings.port} is not a port that the stack gives to ${world.service}`,
      ),
    );
  }
  const data = dataDirectory(world, settings);
  if (!data.ok) return data;
  // The port comes first: whoever holds it may be using the same database.
  const server = makeServer();
  const listening = await listen(server, address);
  if (!listening.ok) return listening;
  const opened = provision(world, settings, sources, log, data.value);
  if (!opened.ok) {
    log('error', 'Failed to start', { logger: 'provisioning', error: opened.failure.message });
    await close(server);
    return opened;
  }
  const { stopWatching, ...context } = opened.value;
  serve(server, { ...context, world, settings, metrics: startMetrics(Date.now()), log });
  const stop = async () => {
    stopWatching();
    await close(server);
  };
  return ok({ host: address.host, port: listening.value, stop });
}

function provision(world: World, settings: Settings, sources: Sources, log: Log, data: string) {
  const reading = { world, sources, log };
  const dataSources = readDataSources(join(settings.provisioningPath, 'datasources'), reading);
  if (!dataSources.ok) return dataSources;
  const providers = readProviders(join(settings.provisioningPath, 'dashboards'), reading);
  if (!providers.ok) return providers;
  const users = openUsers(join(data, 'stand-in'), settings.admin, Date.now);
  if (!users.ok) return users;
  if (users.value.created && settings.admin.create) {
    log('info', 'Created default admin', { logger: 'sqlstore', user: settings.admin.login });
  }
  const dashboards = makeDashboards(log, Date.now);
  log('info', 'starting to provision dashboards', { logger: 'provisioning.dashboard' });
  const stopWatching = watch(world, providers.value, dashboards);
  log('info', 'finished to provision dashboards', { logger: 'provisioning.dashboard' });
  const attempts = countAttempts(settings.bruteForceProtection, Date.now);
  return ok({ users: users.value, attempts, dataSources: dataSources.value, dashboards, stopWatching });
}

/** Takes every provider's folder now, and again at its interval. */
function watch(world: World, providers: readonly Provider[], dashboards: Dashboards): () => void {
  const take = (provider: Provider) => {
    const path = hostPath(world, provider.path);
    dashboards.provision(provider, path.ok ? path.value : undefined);
  };
  for (const provider of providers) take(provider);
  const timers = providers.map((provider) => setInterval(() => take(provider), provider.updateIntervalSeconds * 1000));
  return () => {
    for (const timer of timers) clearInterval(timer);
  };
}

/** Where the database is; the image's entry point makes a folder for plugins there before Grafana starts. */
function dataDirectory(world: World, { dataPath }: Settings): Result<string> {
  const directory = hostPath(world, dataPath);
  const unusable = (why: string) =>
    err(failure('E_ENV_UNWRITABLE', `GF_PATHS_DATA='${dataPath}' is not writable: ${why}`));
  if (!directory.ok) return unusable('nothing is mounted there');
  try {
    mkdirSync(join(directory.value, 'plugins'), { recursive: true, mode: 0o700 });
    return ok(directory.value);
  } catch (thrown) {
    return unusable((thrown as Error).message);
  }
}

function listen(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<Result<number>> {
  return new Promise((resolve) => {
    server.once('error', (error) =>
      resolve(err(failure('E_RUNTIME_PORT_CONFLICT', `cannot listen on ${host}:${port}: ${error.message}`))),
    );
    server.listen(port, host, () => {
      const bound = server.address();
      resolve(ok(typeof bound === 'object' && bound !== null ? bound.port : port));
    });
  });
}

/** Lets answers under way end, but not for longer than a second and a half: the supervisor waits for two. */
function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), 1500);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}
