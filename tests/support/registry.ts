import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './deployment.ts';
import type { Engine } from './docker.ts';
import { type Program, startProgram, until } from './real-prometheus.ts';

const program = join(import.meta.dirname, '../../.plumb/docker/engine/usr/bin/docker-registry');

/** A registry on loopback, which an engine trusts there without a certificate. */
export interface Registry extends AsyncDisposable {
  /** `127.0.0.1:<port>`: the first part of an image's reference. */
  readonly address: string;
  /** Ends it: an outage. What was pushed is kept. */
  stop(): Promise<void>;
  /** Starts it again at the same address. */
  start(): Promise<void>;
}

/** Starts a registry that keeps its images in a folder of `root`. */
export async function startRegistry(root: string): Promise<Registry> {
  const address = `127.0.0.1:${await freePort()}`;
  const directory = join(root, 'registry');
  mkdirSync(directory, { recursive: true });
  const file = join(directory, 'config.yml');
  const settings = {
    version: '0.1',
    log: { level: 'warn' },
    storage: { filesystem: { rootdirectory: join(directory, 'data') }, delete: { enabled: true } },
    http: { addr: address, secret: 'of-one-test' },
  };
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(settings));
  let running: Program | undefined;
  const registry: Registry = {
    address,
    async stop() {
      await running?.end();
    },
    async start() {
      running = startProgram(program, ['serve', file], { OTEL_TRACES_EXPORTER: 'none' });
      await until(`the registry answers at ${address}`, async () => {
        const { exitCode } = running?.process ?? {};
        if (exitCode !== null) throw new Error(`it ended with ${exitCode}: ${running?.stderr()}`);
        return (await fetch(`http://${address}/v2/`)).status === 200;
      });
    },
    [Symbol.asyncDispose]: () => registry.stop(),
  };
  await registry.start();
  return registry;
}

/** The digest of an image in this registry: other tests have the same image in registries of their own. */
export async function digestIn(registry: Registry, image: string, { docker }: Pick<Engine, 'docker'>): Promise<string> {
  const all = await docker('inspect', '--format', '{{join .RepoDigests "\\n"}}', image);
  const own = all.split('\n').find((digest) => digest.startsWith(`${registry.address}/`));
  if (own === undefined) throw new Error(`${image} is not in ${registry.address}: ${all}`);
  return own;
}
