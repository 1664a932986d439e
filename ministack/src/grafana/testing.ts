import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Program } from '../common/testing-program.ts';
import type { World } from '../common/world.ts';

export { buildProgram, type Program } from '../common/testing-program.ts';

export interface Child {
  readonly process: ChildProcess;
  stderr(): string;
  readonly ended: Promise<{ readonly code: number | null; readonly stderr: string }>;
}

export interface Place {
  readonly directory: string;
  readonly port: number;
  readonly url: string;
  /** Writes a file of the container's /etc/grafana, or of /secrets. */
  write(path: string, text: string): void;
  start(options?: { readonly environment?: Record<string, string>; readonly hosts?: Record<string, string> }): Child;
}

/** What a container of Grafana would see: /etc/grafana, /secrets and /var/lib/grafana. */
export async function makePlace(program: Program, files: Readonly<Record<string, string>>): Promise<Place> {
  const directory = mkdtempSync(join(tmpdir(), 'plumbline-grafana-'));
  const port = await freePort();
  const children: Child[] = [];
  onTestFinished(async () => {
    for (const child of children) child.process.kill('SIGKILL');
    await Promise.all(children.map((child) => child.ended));
    rmSync(directory, { recursive: true, force: true });
  });
  for (const name of ['etc', 'secrets', 'data']) mkdirSync(join(directory, name));
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  };
  for (const [path, text] of Object.entries(files)) write(path, text);
  const start: Place['start'] = ({ environment = {}, hosts = {} } = {}) => {
    const world: World = {
      service: 'grafana',
      hostname: 'grafana-host',
      listen: { '3000': { host: '127.0.0.1', port } },
      hosts,
      mounts: [
        { target: '/etc/grafana', source: join(directory, 'etc'), read_only: true },
        { target: '/secrets', source: join(directory, 'secrets'), read_only: true },
        { target: '/var/lib/grafana', source: join(directory, 'data'), read_only: false },
      ],
      environment,
    };
    const child = startChild(program, world);
    children.push(child);
    return child;
  };
  return { directory, port, url: `http://127.0.0.1:${port}`, write, start };
}

/** A stand-in as a process, with what it wrote and how it ended. */
export function startChild(program: Program, world: World, args: readonly string[] = []): Child {
  const child = spawn(process.execPath, [program.path, ...args], {
    env: { PLUMBLINE_WORLD: JSON.stringify(world) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  const ended = new Promise<{ code: number | null; stderr: string }>((resolve) => {
    child.once('close', (code) => resolve({ code, stderr }));
  });
  return { process: child, stderr: () => stderr, ended };
}

/** A port of the loopback that nothing listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** Asks until what is asked for holds, for a minute. */
export async function until<T>(what: string, ask: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const deadline = Date.now() + 60_000;
  let last = 'nothing';
  while (Date.now() < deadline) {
    try {
      const found = await ask();
      if (found !== undefined) return found;
    } catch (thrown) {
      last = String(thrown);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${what} did not come in time; the last was ${last}`);
}

/** Waits until it answers /api/health with 200. */
export function untilHealthy({ url }: Place): Promise<true> {
  return until('health', async () => ((await fetch(`${url}/api/health`)).status === 200 ? true : undefined));
}

export function basic(password: string, login = 'admin'): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}` };
}

export const minimalIni = '[server]\nhttp_port = 3000\n';

/** A whole /etc/grafana: two data sources, one provider, one dashboard. */
export const goodFiles: Readonly<Record<string, string>> = {
  'etc/grafana.ini': minimalIni,
  'etc/provisioning/datasources/stack.yml': `apiVersion: 1
datasources:
  - name: Loki
    uid: loki
    type: loki
    url: http://loki:3100
  - name: Prometheus
    uid: prometheus
    type: prometheus
    url: http://prometheus:9090
    isDefault: true
    basicAuth: true
    basicAuthUser: reader
    secureJsonData:
      basicAuthPassword: sentinel-secret-41
`,
  'etc/provisioning/dashboards/stack.yml': `apiVersion: 1
providers:
  - name: stack
    folder: Plumbline
    folderUid: plumbline
    updateIntervalSeconds: 1
    options:
      path: /etc/grafana/dashboards
`,
  'etc/dashboards/one.json': JSON.stringify({
    uid: 'one',
    title: 'Logs of hosts',
    tags: ['night', 'logs'],
    panels: [],
  }),
  'etc/dashboards/two.json': JSON.stringify({ uid: 'two', title: 'Hosts', tags: ['night'], panels: [] }),
};

/** A text file of the place with something replaced, as a person would break it. */
export function changed(path: string, from: string | RegExp, to: string): Readonly<Record<string, string>> {
  const text = goodFiles[path] ?? '';
  const made = text.replace(from, to);
  if (made === text) throw new Error(`${path} does not hold ${from}`);
  return { ...goodFiles, [path]: made };
}
