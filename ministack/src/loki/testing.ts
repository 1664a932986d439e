import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { World } from '../common/world.ts';
import { loadConfig } from './config/load.ts';
import { settingsOf } from './config/settings.ts';
import { type Running, start } from './start.ts';

/** For tests only: a stand-in on a free loopback port, over a directory of its own. */
export interface Bench {
  readonly url: string;
  readonly directory: string;
  get(path: string, params?: Readonly<Record<string, string>>): Promise<Response>;
  push(streams: readonly object[]): Promise<Response>;
  /** Starts the stand-in again over the same directory. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface BenchOptions {
  /** Replaces sections of the usual configuration, as YAML. */
  readonly limits?: string;
  readonly compactor?: string;
  readonly minReady?: string;
  readonly metadata?: boolean;
  readonly now?: () => bigint;
}

/** The recorded configuration of the real one, with other limits where a test wants them. */
export function configText({
  limits = '',
  compactor = '',
  minReady = '0s',
  metadata = true,
}: BenchOptions = {}): string {
  return `auth_enabled: false
server: {http_listen_address: 127.0.0.1, http_listen_port: 3100, grpc_listen_address: 127.0.0.1}
common:
  instance_addr: 127.0.0.1
  path_prefix: /loki
  storage: {filesystem: {chunks_directory: /loki/chunks, rules_directory: /loki/rules}}
  replication_factor: 1
  ring: {kvstore: {store: inmemory}}
ingester: {lifecycler: {min_ready_duration: ${minReady}}}
schema_config:
  configs:
    - {from: 2024-01-01, store: tsdb, object_store: filesystem, schema: v13, index: {prefix: index_, period: 24h}}
limits_config: {allow_structured_metadata: ${metadata}${limits === '' ? '' : `, ${limits}`}}
compactor: {working_directory: /loki/compactor${compactor === '' ? '' : `, ${compactor}`}}
`;
}

/** Starts a stand-in in this process. */
export async function bench(options: BenchOptions = {}): Promise<Bench> {
  const directory = mkdtempSync(join(tmpdir(), 'plumbline-loki-'));
  const loaded = loadConfig(configText(options), 'loki.yml', 'loki');
  if (!loaded.ok) throw new Error(loaded.message);
  let running: Running | undefined;
  const open = async () => {
    const started = await start(worldOf(directory, 0), settingsOf(loaded.tree), () => undefined, options.now);
    if (!started.ok) throw new Error(started.failure.message);
    running = started.value;
  };
  await open();
  const url = () => `http://127.0.0.1:${running?.port}`;
  return {
    get url() {
      return url();
    },
    directory,
    get: (path, params = {}) => fetch(`${url()}${path}?${new URLSearchParams(params)}`),
    push: (streams) =>
      fetch(`${url()}/loki/api/v1/push`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ streams }),
      }),
    async restart() {
      await running?.stop();
      await open();
    },
    async stop() {
      await running?.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** A map in which the container's /loki and /etc/loki are directories below `directory`. */
export function worldOf(directory: string, port: number): World {
  for (const name of ['data', 'etc']) mkdirSync(join(directory, name), { recursive: true });
  return {
    service: 'loki',
    hostname: 'box',
    environment: {},
    listen: { '3100': { host: '127.0.0.1', port } },
    hosts: {},
    mounts: [
      { target: '/loki', source: join(directory, 'data'), read_only: false },
      { target: '/etc/loki', source: join(directory, 'etc'), read_only: true },
    ],
  };
}

/** Puts a configuration where the container would see it as /etc/loki/<name>. */
export function writeConfig(directory: string, name: string, text: string): void {
  mkdirSync(join(directory, 'etc'), { recursive: true });
  writeFileSync(join(directory, 'etc', name), text);
}

/** A file of ministack/conformance. */
export function conformanceFile(path: string): string {
  return readFileSync(fileURLToPath(new URL(`../../conformance/${path}`, import.meta.url)), 'utf8');
}

/** One difference from the record that is known and explained. */
interface Difference {
  readonly exchange: string;
  readonly what: string;
  readonly reason: string;
}

/** The differences that are listed for some of the exchanges. */
export function listedDifferences(prefix: string): readonly string[] {
  const all = JSON.parse(conformanceFile('differences.json')) as readonly Difference[];
  return all.filter((d) => d.exchange.startsWith(prefix)).map((d) => `${d.exchange}: ${d.what}`);
}
