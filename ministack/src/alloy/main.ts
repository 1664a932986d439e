import { readFileSync } from 'node:fs';
import { arch } from 'node:os';
import type { Failure } from '@plumbline/contracts';
import { err, failure, ok, type Result } from '@plumbline/contracts';
import { type Level, type Log, stderrLog, stopOnRequest } from '../common/child.ts';
import { hostPath, listenAddress, readWorld, type World } from '../common/world.ts';
import { Collector } from './collector.ts';
import { type Flags, parseFlags } from './flags.ts';
import { sentence, serve } from './http/server.ts';
import { alloyMetrics } from './metrics.ts';

const levels: readonly Level[] = ['debug', 'info', 'warn', 'error'];

await main();

async function main(): Promise<void> {
  const flags = parseFlags(process.argv.slice(2));
  if (!flags.ok) return fail(flags.failure);
  const world = readWorld(process.env);
  if (!world.ok) return fail(world.failure);
  const started = await start(flags.value, world.value);
  if (!started.ok) return fail(started.failure);
}

function fail(failed: Failure): void {
  process.stderr.write(`${sentence(failed)}\n`);
  process.exit(1);
}

async function start(flags: Flags, world: World): Promise<Result<true>> {
  const storage = hostPath(world, flags.storagePath);
  if (!storage.ok)
    return err(
      failure('E_ENV_UNWRITABLE', `storage path ${flags.storagePath} is not writable: nothing is mounted there`),
    );
  const bytes = readConfig(world, flags.config);
  if (!bytes.ok) return bytes;
  const at = listenAddress(world, flags.listenPort);
  if (!at)
    return err(failure('E_CONFIG_USAGE', `port ${flags.listenPort} of ${world.service} is not published to this host`));

  const write = stderrLog(world.service);
  const level = { now: 'info' };
  const log: Log = (l, msg, fields) => {
    if (levels.indexOf(l) >= levels.indexOf(level.now as Level)) write(l, msg, fields);
  };
  const metrics = alloyMetrics();
  const environment = {
    env: world.environment,
    hostname: world.hostname,
    os: 'linux',
    arch: arch() === 'x64' ? 'amd64' : arch(),
  };
  const created = Collector.create(
    { world, configFile: flags.config, storage: storage.value, environment, metrics, log },
    bytes.value,
  );
  if (!created.ok) return created;
  const collector = created.value;
  level.now = collector.loaded.level;

  const loadedNow = () => {
    metrics.set('alloy_config_last_load_successful', {}, 1);
    metrics.set('alloy_config_last_load_success_timestamp_seconds', {}, Date.now() / 1000);
    level.now = collector.loaded.level;
  };
  metrics.set('alloy_build_info', { version: 'v1.2.1', stand_in: 'true' }, 1);
  metrics.add('alloy_config_load_failures_total', {}, 0);
  loadedNow();
  const reload = (): Result<true> => {
    const fresh = readConfig(world, flags.config);
    const reloaded = fresh.ok ? collector.reload(fresh.value) : fresh;
    if (reloaded.ok) loadedNow();
    else {
      metrics.set('alloy_config_last_load_successful', {}, 0);
      metrics.add('alloy_config_load_failures_total', {});
      log('error', 'failed to reload config', { err: sentence(reloaded.failure) });
    }
    return reloaded;
  };

  const server = await serve({ collector, metrics, started: new Date().toISOString(), reload }, at);
  if (!server.ok) return server;
  stopOnRequest(async () => {
    // The port says who may write the storage, so it is given back last.
    await collector.stop();
    server.value.close();
    server.value.closeAllConnections();
    log('info', 'stopped');
  });
  const opened = collector.open();
  if (!opened.ok) return opened;
  log('info', 'now listening for http traffic', {
    addr: `${at.host}:${at.port}`,
    config: flags.config,
    sha256: collector.loaded.sha256,
  });
  return ok(true);
}

function readConfig(world: World, path: string): Result<Buffer> {
  const host = hostPath(world, path);
  if (!host.ok) return host;
  try {
    return ok(readFileSync(host.value));
  } catch (cause) {
    return err(failure('E_CONFIG_NOT_FOUND', `could not read ${path}: ${(cause as NodeJS.ErrnoException).code}`));
  }
}
