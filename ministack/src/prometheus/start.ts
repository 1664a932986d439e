import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { err, failure, ok, type Result } from '@plumbline/contracts';
import type { Log } from '../common/child.ts';
import { type Asked, boundedServer, closeServer, listen, plain } from '../common/http-server.ts';
import { hostPath, listenAddress, type World } from '../common/world.ts';
import type { Args } from './args.ts';
import type { Context } from './http/context.ts';
import { answer } from './http/routes.ts';
import { loadOrRefuse, run } from './running.ts';
import { type Limits, openStore, type Store } from './store/store.ts';

/** A stand-in that listens. */
export interface Started {
  readonly host: string;
  readonly port: number;
  reload(): Promise<Result<true>>;
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly limits?: Limits;
  readonly firstWithinMs?: number;
}

/** So many samples are 40 to 80 MB, and a day of four hundred series every 15 seconds. */
const usualLimits: Limits = { maxSamples: 2_500_000, maxSeries: 50_000 };
const pruneEveryMs = 60_000;

/** Reads the configuration, takes the port, opens the store; what is in the way of any is one failure. */
export async function start(
  args: Args,
  world: World,
  log: Log,
  { limits = usualLimits, firstWithinMs = 2000 }: StartOptions = {},
): Promise<Result<Started>> {
  const loaded = loadOrRefuse(world, args.configFile);
  if (!loaded.ok) {
    const what = `Error loading config (--config.file=${args.configFile}): ${loaded.failure.message}`;
    return err({ ...loaded.failure, message: what });
  }
  const address = listenAddress(world, args.listenPort);
  if (address === undefined) {
    return err(
      failure('E_CONFIG_USAGE', `port ${args.listenPort} is not one that the stack gives to ${world.service}`),
    );
  }
  const directory = hostPath(world, args.storagePath);
  if (!directory.ok) return directory;
  // The port comes first: whoever holds it may be writing to the same files.
  let handle: (asked: Asked) => ReturnType<typeof answer> = async () => plain(503, 'Service Unavailable');
  const server = boundedServer('prometheus', (asked) => handle(asked), log);
  const listening = await listen(server, address);
  if (!listening.ok) return listening;
  const store = open(join(directory.value, 'stand-in'), args, limits, log);
  if (!store.ok) {
    await closeServer(server);
    return store;
  }
  const startedMs = Date.now();
  const running = await run(loaded.value, { world, file: args.configFile, store: store.value, log, firstWithinMs });
  const context: Context = {
    args,
    running,
    store: store.value,
    startedMs,
    answered: new Map(),
  };
  handle = (asked) => answer(context, asked);
  const prune = setInterval(() => store.value.dropBefore(Date.now() - args.retentionMs), pruneEveryMs);
  prune.unref();
  return ok({
    host: address.host,
    port: listening.value,
    reload: () => running.reload(),
    async stop() {
      clearInterval(prune);
      await Promise.all([running.stop(), closeServer(server)]);
      store.value.close();
    },
  });
}

function open(directory: string, { retentionMs, storagePath }: Args, limits: Limits, log: Log): Result<Store> {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const onCut = (before: number) =>
      log('warn', 'the oldest samples were given up: this stand-in holds a limited number', {
        before: new Date(before).toISOString(),
        limit: limits.maxSamples,
      });
    return ok(openStore(directory, Date.now() - retentionMs, limits, onCut));
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    return err(failure('E_ENV_UNWRITABLE', `opening storage failed: ${storagePath}: ${why}`));
  }
}
