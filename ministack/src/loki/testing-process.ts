import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import type { Program } from '../common/testing-program.ts';
import type { World } from '../common/world.ts';

/** A process under test, with what it wrote and how it ended. */
export interface Child {
  readonly process: ChildProcess;
  stderr(): string;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null; readonly stderr: string }>;
}

export function startProgram(program: Program, args: readonly string[], world: World): Child {
  const child = spawn(process.execPath, [program.path, ...args], {
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

/** Asks until the answer is as wanted, for a minute. */
export async function untilStatus(url: string, status: number): Promise<Response> {
  const deadline = Date.now() + 60_000;
  let last = 'no answer';
  while (Date.now() < deadline) {
    try {
      const response = await fetch(url);
      if (response.status === status) return response;
      last = `${response.status}: ${await response.text()}`;
    } catch (thrown) {
      last = String(thrown);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${url} did not answer ${status} in time; the last was ${last}`);
}
