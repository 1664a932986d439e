import { mkdirSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { err, failure, ok, type Result } from '@plumbline/contracts';
import type { Log } from '../common/child.ts';
import { hostPath, listenAddress, type World } from '../common/world.ts';
import type { Settings } from './config/settings.ts';
import { makeServer, serve } from './http/server.ts';
import { startMetrics } from './metrics.ts';
import { keepFrom, startRetention } from './retention.ts';
import { openStore, type Store } from './store/store.ts';

/** A stand-in that listens. */
export interface Running {
  readonly host: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** Nanoseconds since 1970: the end of the clock's millisecond, so that a line stamped in it is before a query's end. */
function systemNow(): bigint {
  return BigInt(Date.now()) * 1_000_000n + 999_999n;
}

/** Listens and opens the store; what is in the way of either is one failure that names it. */
export async function start(
  world: World,
  settings: Settings,
  log: Log,
  now: () => bigint = systemNow,
): Promise<Result<Running>> {
  if (settings.authEnabled) {
    return err(
      failure('E_CONFIG_SERVICE_INVALID', 'auth_enabled: true is not implemented by this stand-in: it has one tenant'),
    );
  }
  if (settings.dataDirectory === '') {
    return err(
      failure('E_CONFIG_SERVICE_INVALID', 'common.path_prefix is not set: this stand-in keeps its lines there'),
    );
  }
  const address = listenAddress(world, String(settings.port));
  if (address === undefined) {
    return err(
      failure(
        'E_CONFIG_SERVICE_INVALID',
        `server.http_listen_port ${settings.port} is not a port that the stack gives to ${world.service}`,
      ),
    );
  }
  const directory = hostPath(world, settings.dataDirectory);
  if (!directory.ok) return directory;
  // The port comes first: whoever holds it may be writing to the same files, which opening them would cut.
  const server = makeServer();
  const listening = await listen(server, address);
  if (!listening.ok) return listening;
  const store = open(join(directory.value, 'stand-in'), keepFrom(settings, now()));
  if (!store.ok) {
    await close(server);
    return store;
  }
  const here = (path: string) => {
    const found = hostPath(world, path);
    return found.ok ? found.value : undefined;
  };
  const metrics = startMetrics(Date.now());
  serve(server, { settings, store: store.value, metrics, now, startedNs: now(), hostPath: here }, log);
  const stopRetention = startRetention(settings, store.value, now, log);
  const stop = async () => {
    stopRetention();
    await close(server);
    store.value.close();
  };
  return ok({ host: address.host, port: listening.value, stop });
}

function open(directory: string, oldest: bigint): Result<Store> {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    return ok(openStore(directory, oldest));
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    return err(failure('E_ENV_UNWRITABLE', `the data directory ${directory} cannot be used: ${why}`));
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
