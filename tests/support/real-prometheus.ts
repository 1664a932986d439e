import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { renderTemplate } from '../../formats/src/template.ts';
import { freePort } from './deployment.ts';

const repository = join(import.meta.dirname, '..', '..');

/** A program of Debian's packages; there is no test without them. */
export function tool(name: 'prometheus' | 'promtool' | 'prometheus-node-exporter'): string {
  const path = join(repository, '.plumb/debian/usr/bin', name);
  if (!existsSync(path)) {
    throw new Error(`the real ${name} is not here: run scripts/debian-tools.sh, which unpacks it and installs nothing`);
  }
  return path;
}

const programs = ['prometheus', 'node-exporter'] as const;

/** The stand-ins, bundled from their sources as the build does. */
export async function buildStandIns(directory: string): Promise<void> {
  const { bundle } = (await import(pathToFileURL(join(repository, 'scripts/bundle.mjs')).href)) as {
    bundle(options: { packageDir: string; programs: Record<string, string>; split: boolean }): Promise<void>;
  };
  const sources = programs.map((name) => [name, join(repository, `ministack/src/${name}/main.ts`)]);
  await bundle({ packageDir: directory, programs: Object.fromEntries(sources), split: false });
}

/** The files of prometheus/ as `generate` would render them. */
export function renderedFiles(
  labels: Readonly<Record<string, string>> = { env: 'test' },
): Readonly<Record<'prometheus.yml' | 'rules/loki_logging_v1.yml', string>> {
  const folder = join(repository, 'config/stacks/observability/templates');
  const names = ['prometheus/prometheus.yml.j2', 'prometheus/rules/loki_logging_v1.yml.j2'] as const;
  const templates = new Map(names.map((name) => [name as string, readFileSync(join(folder, name), 'utf8')]));
  const port = (number: number) => ({ port: number });
  const values = {
    environment: 'test',
    labels,
    services: {
      prometheus: port(9090),
      'host-monitor': port(9100),
      'docker-metrics': port(8080),
      loki: port(3100),
      alloy: port(12345),
    },
  };
  const render = (name: string) => {
    const made = renderTemplate(templates, name, values);
    if (!made.ok) throw new Error(made.failure.message);
    return made.value;
  };
  return { 'prometheus.yml': render(names[0]), 'rules/loki_logging_v1.yml': render(names[1]) };
}

/** A process with what it wrote; ended by its own id. */
export interface Program {
  readonly process: ChildProcess;
  stderr(): string;
  end(): Promise<void>;
}

export function startProgram(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Program {
  const child = spawn(command, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  return {
    process: child,
    stderr: () => stderr,
    async end() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    },
  };
}

/** Runs to the end. */
export function runProgram(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { status, stdout, stderr } = spawnSync(command, args, { env, encoding: 'utf8', timeout: 20_000 });
  return { status, stdout, stderr };
}

/** A page of text on a free port of loopback. */
export interface Page {
  readonly address: string;
  close(): Promise<void>;
}

export async function servePage(text: () => string): Promise<Page> {
  const server: Server = createServer((_, response) => {
    response.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4' });
    response.end(text());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Debian leaves out other mounts and devices than the pinned release unless told. */
const defaultsOfPinned = [
  '--collector.filesystem.mount-points-exclude=^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+|var/lib/containers/storage/.+)($|/)',
  '--collector.netdev.device-exclude=^$',
  '--collector.diskstats.device-exclude=^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\\d+n\\d+p)\\d+$',
];

/** The real node-exporter and the stand-in, each on a free port, reading this host. */
export async function startExporters(standInProgram: string) {
  const [real, port] = [`127.0.0.1:${await freePort()}`, await freePort()];
  const world = {
    service: 'host-monitor',
    hostname: 'host-monitor',
    environment: {},
    listen: { '9100': { host: '127.0.0.1', port } },
    hosts: {},
    mounts: [{ target: '/host', source: '/', read_only: true }],
  };
  const below = ['--path.rootfs=/host', '--path.procfs=/host/proc', '--path.sysfs=/host/sys'];
  const running = [
    startProgram(tool('prometheus-node-exporter'), [`--web.listen-address=${real}`, ...defaultsOfPinned]),
    startProgram(process.execPath, [standInProgram, ...below], { PLUMBLINE_WORLD: JSON.stringify(world) }),
  ];
  const standIn = `127.0.0.1:${port}`;
  for (const address of [real, standIn]) {
    await until(`${address} answers`, async () => (await fetch(`http://${address}/metrics`)).status === 200);
  }
  return {
    real,
    standIn,
    end: async () => {
      await Promise.all(running.map((program) => program.end()));
    },
  };
}

/** One Prometheus, real or not. */
export interface Side {
  readonly name: 'real' | 'stand-in';
  readonly url: string;
  get(
    path: string,
    params?: Readonly<Record<string, string>>,
  ): Promise<{ readonly status: number; readonly body: string }>;
  reload(): Promise<number>;
}

function side(name: Side['name'], address: string): Side {
  const url = `http://${address}`;
  return {
    name,
    url,
    async get(path, params = {}) {
      const response = await fetch(`${url}${path}?${new URLSearchParams(params)}`);
      return { status: response.status, body: await response.text() };
    },
    reload: async () => (await fetch(`${url}/-/reload`, { method: 'POST' })).status,
  };
}

/** Both of them over one configuration directory, each with a data directory of its own. */
export interface Pair {
  readonly root: string;
  readonly etc: string;
  readonly real: Side;
  readonly standIn: Side;
  readonly addresses: { readonly real: string; readonly standIn: string };
  world(hosts: readonly string[]): object;
  start(hosts: readonly string[]): Promise<void>;
  standInProgram(name: (typeof programs)[number]): string;
  /** Ends both, and leaves their files. */
  stop(): Promise<void>;
  end(): Promise<void>;
}

export async function makePair(): Promise<Pair> {
  const root = mkdtempSync(join(tmpdir(), 'plumbline-prometheus-'));
  const etc = join(root, 'etc');
  for (const name of ['etc/rules', 'real', 'stand-in']) mkdirSync(join(root, name), { recursive: true });
  await buildStandIns(root);
  const [realPort, port] = [await freePort(), await freePort()];
  const addresses = { real: `127.0.0.1:${realPort}`, standIn: `127.0.0.1:${port}` };
  const running: Program[] = [];
  const world = (hosts: readonly string[]) => ({
    service: 'prometheus',
    hostname: 'prometheus',
    environment: {},
    listen: { '9090': { host: '127.0.0.1', port } },
    hosts: Object.fromEntries(hosts.map((host) => [host, host])),
    mounts: [
      { target: etc, source: etc, read_only: true },
      { target: '/prometheus', source: join(root, 'stand-in'), read_only: false },
    ],
  });
  const stop = async () => {
    await Promise.all(running.map((program) => program.end()));
  };
  const standInProgram = (name: string) => join(root, 'dist', `${name}.js`);
  return {
    root,
    etc,
    addresses,
    world,
    standInProgram,
    real: side('real', addresses.real),
    standIn: side('stand-in', addresses.standIn),
    async start(hosts) {
      const common = [`--config.file=${join(etc, 'prometheus.yml')}`, '--storage.tsdb.retention.time=15d'];
      const lifecycle = '--web.enable-lifecycle';
      const dataOfReal = `--storage.tsdb.path=${join(root, 'real')}`;
      running.push(
        startProgram(tool('prometheus'), [...common, dataOfReal, `--web.listen-address=${addresses.real}`, lifecycle]),
        startProgram(
          process.execPath,
          [
            standInProgram('prometheus'),
            ...common,
            '--storage.tsdb.path=/prometheus',
            '--web.listen-address=0.0.0.0:9090',
            lifecycle,
          ],
          { PLUMBLINE_WORLD: JSON.stringify(world(hosts)) },
        ),
      );
      for (const [n, address] of [addresses.real, addresses.standIn].entries()) {
        await until(`${address} is ready`, async () => {
          const { exitCode } = running[n]?.process ?? {};
          if (exitCode !== null) throw new Error(`it ended with ${exitCode}: ${running[n]?.stderr()}`);
          return (await fetch(`http://${address}/-/ready`)).status === 200;
        });
      }
    },
    stop,
    async end() {
      await stop();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** Asks until it is so, for a minute. */
export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  let last = '';
  while (Date.now() < deadline) {
    try {
      if (await holds()) return;
    } catch (thrown) {
      last = String(thrown);
      if (last.includes('it ended with')) break;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${what}: not in time. ${last}`);
}

export function writeFiles(directory: string, files: Readonly<Record<string, string>>): void {
  for (const name of readdirSync(join(directory, 'rules'))) rmSync(join(directory, 'rules', name));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
}
