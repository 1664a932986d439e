import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { contractPath, err, failure, ok, type Result } from '@plumbline/contracts';
import { isFree } from '../lock.ts';
import { supervisorProgram } from './programs.ts';

const START_MS = 15_000;
const REQUEST_MS = 30_000;

/** A supervisor that holds its lock, and how to speak to it. */
export interface Supervisor {
  readonly build: string;
  readonly pid: number;
  readonly port: number;
  readonly token: string;
}

/** The supervisor of a deploy root; undefined where none holds the lock, whatever files were left behind. */
export function findSupervisor(deployRoot: string): Result<Supervisor | undefined> {
  if (isFree(contractPath('deploy', 'supervisor_lock', deployRoot))) return ok(undefined);
  const path = contractPath('deploy', 'supervisor', deployRoot);
  try {
    return ok(JSON.parse(readFileSync(path, 'utf8')) as Supervisor);
  } catch {
    return err(
      failure(
        'E_RUNTIME_SUPERVISOR',
        `a supervisor holds the lock of ${deployRoot}, but ${path} does not say how to reach it`,
      ),
    );
  }
}

/** Starts a supervisor in a session of its own and waits until it answers. */
export async function startSupervisor(deployRoot: string): Promise<Result<Supervisor>> {
  const log = contractPath('deploy', 'supervisor_log', deployRoot);
  const fd = openSync(log, 'a', 0o600);
  const child = spawn(process.execPath, [supervisorProgram(), deployRoot], {
    detached: true,
    cwd: deployRoot,
    stdio: ['ignore', fd, fd, 'pipe'],
    env: { PATH: process.env.PATH ?? '', TZ: 'UTC' },
  });
  closeSync(fd);
  const ready = child.stdio[3] as NodeJS.ReadableStream & { destroy(): void };
  const said = await new Promise<string>((resolve) => {
    const timer = setTimeout(() => resolve(`did not answer within ${START_MS} ms`), START_MS);
    const say = (text: string) => {
      clearTimeout(timer);
      resolve(text);
    };
    ready.once('data', () => say('ready'));
    child.once('error', (error) => say(error.message));
    child.once('exit', (code, signal) => say(`ended with ${signal ?? code}`));
  });
  ready.destroy();
  child.unref();
  if (said !== 'ready') return err(failure('E_RUNTIME_SUPERVISOR', `the supervisor ${said}`, { place: { file: log } }));
  const found = findSupervisor(deployRoot);
  if (!found.ok) return found;
  return found.value === undefined
    ? err(failure('E_RUNTIME_SUPERVISOR', 'the supervisor ended at once', { place: { file: log } }))
    : ok(found.value);
}

/** An answer of the supervisor, its body parsed where there is one. */
export interface SupervisorAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** One request to the supervisor. */
export async function ask(
  supervisor: Supervisor,
  method: string,
  path: string,
  body?: unknown,
): Promise<Result<SupervisorAnswer>> {
  try {
    const response = await fetch(`http://127.0.0.1:${supervisor.port}${path}`, {
      method,
      headers: { authorization: `Bearer ${supervisor.token}` },
      signal: AbortSignal.timeout(REQUEST_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return ok({ status: response.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) });
  } catch (thrown) {
    const cause =
      thrown instanceof Error
        ? ((thrown.cause as { code?: string } | undefined)?.code ?? thrown.message)
        : String(thrown);
    return err(
      failure('E_RUNTIME_SUPERVISOR', `${method} ${path} of the supervisor (process ${supervisor.pid}): ${cause}`),
    );
  }
}
