import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Autoheal,
  type Bootstrap,
  createScrubber,
  type EnginePort,
  type Report,
  type Summary,
} from '@plumbline/contracts';
import { createDockerEngine } from '../../runner/src/adapters/docker/engine.ts';
import { createEmbeddedEngine } from '../../runner/src/adapters/embedded/engine.ts';
import { createProcesses } from '../../runner/src/adapters/process.ts';
import type { Engine } from './docker.ts';
import { notePrinted } from './raised-codes.ts';

const repository = join(import.meta.dirname, '..', '..');
const program = join(repository, 'runner/dist/plumb.js');

/** How a command ended, and all that it said. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A project folder of its own, with an environment `test` on free ports, whose one source is a folder of the test's. */
export interface Deployment {
  readonly root: string;
  readonly deployRoot: string;
  readonly configFile: string;
  /** The folder of the source `app`, which reads *.log. */
  readonly logs: string;
  readonly ports: Readonly<Record<string, number>>;
  readonly project: string;
  readonly engine: EnginePort;
  /** Whose containers its services are; not there where they are processes. */
  readonly docker?: Engine;
  /** What its command line runs with besides the variables of the test. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Runs the built command line on this environment. */
  plumb(...args: string[]): Promise<Ended>;
  start(...args: string[]): ChildProcess;
  /** As plumb, with other variables. */
  plumbWith(variables: Readonly<Record<string, string>>, ...args: string[]): Promise<Ended>;
  /** Rewrites a file of the project, named relative to its root. */
  edit(file: string, change: (text: string) => string): void;
  configure(change: (config: Mutable<Bootstrap>) => void): void;
  /** The newest run's reports and summary. */
  report(step: string): Report;
  summary(): Summary;
  suggestions(): Autoheal;
  [Symbol.asyncDispose](): Promise<void>;
}

type Mutable<T> = { -readonly [K in keyof T]: Mutable<T[K]> };

/**
 * Makes a deployment; `await using` ends whatever it runs and removes its folder. With a Docker engine its services are
 * containers of that engine's images.
 */
export async function makeDeployment(docker?: Engine): Promise<Deployment> {
  const root = mkdtempSync(join(tmpdir(), 'plumb deploy ü '));
  cpSync(join(repository, 'config'), join(root, 'config'), { recursive: true });
  const logs = join(root, 'logs');
  mkdirSync(logs);
  // A test is not to wait a quarter of a minute for the first scrape.
  // The real Prometheus gives a target no longer than its interval, and a busy machine needs more than a second.
  const seconds = docker === undefined ? '1s' : '3s';
  const scrape = join(root, 'config/stacks/observability/templates/prometheus/prometheus.yml.j2');
  writeFileSync(
    scrape,
    readFileSync(scrape, 'utf8')
      .replace(/(interval): 15s/g, `$1: ${seconds}`)
      .replace('timeout: 10s', `timeout: ${seconds}`),
  );
  const configFile = join(root, 'config/bootstrap.test.json');
  const config: Mutable<Bootstrap> = JSON.parse(readFileSync(join(root, 'config/bootstrap.demo.json'), 'utf8'));
  // Deployments run at the same time, and a project runs from one deploy root.
  config.compose_project_name = `plumbline-test-${randomBytes(4).toString('hex')}`;
  const ports: Record<string, number> = {};
  for (const service of Object.keys(config.ports)) ports[service] = await freePort();
  config.ports = ports;
  config.path_map.deploy_root = 'out/deploy/test';
  config.labels = { env: 'test' };
  config.sources = [{ name: 'app', root: logs, patterns: ['*.log'], labels: { job: 'app' } }];
  config.limits = { proof_timeout_s: 40 };
  if (docker !== undefined) {
    config.engine = 'docker';
    const { loki, alloy, prometheus, grafana, cadvisor, 'node-exporter': exporter } = docker.images;
    config.image_pins = { loki, alloy, prometheus, grafana, 'docker-metrics': cadvisor, 'host-monitor': exporter };
  }
  const write = () => writeFileSync(configFile, JSON.stringify(config, null, 2));
  write();
  const deployRoot = join(root, 'out/deploy/test');
  const env: Record<string, string | undefined> = { ...docker?.env };
  const engine = engineOf(docker, {
    project: config.compose_project_name,
    deployRoot,
    env: { ...process.env, ...env },
  });
  const startWith = (variables: Readonly<Record<string, string>>, args: readonly string[]) =>
    spawn(process.execPath, [program, ...args, '--config', configFile], {
      cwd: root,
      env: { ...process.env, ...env, ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const start = (...args: string[]) => startWith({}, args);
  const newestRun = () => {
    const newest = readdirSync(join(root, 'out/runs')).sort().at(-1);
    return join(root, 'out/runs', newest as string);
  };
  const read = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
  return {
    root,
    deployRoot,
    configFile,
    logs,
    ports,
    project: config.compose_project_name,
    engine,
    ...(docker === undefined ? {} : { docker }),
    env,
    start,
    plumb: (...args) => ended(start(...args)),
    plumbWith: (variables, ...args) => ended(startWith(variables, args)),
    edit(file, change) {
      const path = join(root, file);
      const before = readFileSync(path, 'utf8');
      const after = change(before);
      if (after === before) throw new Error(`the edit of ${file} changed nothing`);
      writeFileSync(path, after);
    },
    configure(change) {
      change(config);
      write();
    },
    report: (step) => read(join(newestRun(), `${step}.report.json`)),
    summary: () => read(join(newestRun(), 'summary.json')),
    suggestions: () => read(join(newestRun(), 'autoheal.suggestions.json')),
    async [Symbol.asyncDispose]() {
      if (existsSync(deployRoot)) await engine.down({ volumes: true });
      rmSync(root, { recursive: true, force: true });
    },
  };
}

function engineOf(
  docker: Engine | undefined,
  about: { readonly project: string; readonly deployRoot: string; readonly env: Deployment['env'] },
): EnginePort {
  if (docker === undefined) return createEmbeddedEngine(about.deployRoot);
  return createDockerEngine({ ...about, processes: createProcesses(createScrubber()), heldLock: () => undefined });
}

/** Waits for a process and collects what it says. */
export async function ended(child: ChildProcess): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk;
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  notePrinted(stdout);
  notePrinted(stderr);
  return { code, signal, stdout, stderr };
}

const RANGE = 1_800;
/** Each worker has ports of its own, and gives none twice: a free port is not taken yet. */
const first = 15_000 + (Number(process.env.VITEST_POOL_ID ?? 0) % 8) * RANGE;
const given = new Set<number>();

/** A port of loopback that nothing listens on, below the range that the kernel gives out by itself. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = first + Math.floor(Math.random() * RANGE);
    if (given.has(port)) continue;
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!free) continue;
    await new Promise((resolve) => server.close(resolve));
    given.add(port);
    return port;
  }
}

/** Asks again until a condition holds; fails with what is missing when it does not within the limit. */
export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
  limitMs = 60_000,
): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within ${limitMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Ids of live processes whose command line names this text. */
export function processesNaming(text: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        return (
          readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text) ||
          readFileSync(`/proc/${pid}/environ`, 'utf8').includes(text)
        );
      } catch {
        return false;
      }
    })
    .map(Number);
}
