import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createSocketServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { World } from '../common/world.ts';

/** A process under test, with what it wrote and how it ended. */
export interface Child {
  readonly process: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null; readonly stderr: string }>;
}

export function startChild(program: string, args: readonly string[], world: World): Child {
  const child = spawn(process.execPath, [program, ...args], {
    env: { PLUMBLINE_WORLD: JSON.stringify(world) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  const ended = new Promise<{ code: number | null; signal: string | null; stderr: string }>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, stderr }));
  });
  return { process: child, ended };
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createSocketServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** Asks until it holds, for a minute. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  let last = 'it did not hold';
  while (Date.now() < deadline) {
    try {
      if (await holds()) return;
    } catch (thrown) {
      last = String(thrown);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`not in time: ${last}`);
}

/** A directory whose etc and data the container would see as /etc/prometheus and /prometheus. */
export interface Site {
  readonly directory: string;
  write(config: string): void;
  world(port: number, hosts?: Readonly<Record<string, string>>): World;
  remove(): void;
}

export function makeSite(): Site {
  const directory = mkdtempSync(join(tmpdir(), 'plumbline-prometheus-'));
  for (const name of ['etc', 'data']) mkdirSync(join(directory, name));
  return {
    directory,
    write: (config) => writeFileSync(join(directory, 'etc/prometheus.yml'), config),
    world: (port, hosts = {}) => ({
      service: 'prometheus',
      hostname: 'prometheus',
      environment: {},
      listen: { '9090': { host: '127.0.0.1', port } },
      hosts,
      mounts: [
        { target: '/etc/prometheus', source: join(directory, 'etc'), read_only: true },
        { target: '/prometheus', source: join(directory, 'data'), read_only: false },
      ],
    }),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** A page of text on a free port. */
export async function servePage(
  text: () => string,
  status = 200,
): Promise<{ readonly address: string; close(): void }> {
  const server = createServer((_, response) => {
    response.writeHead(status, { 'Content-Type': 'text/plain' });
    response.end(text());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}
