import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { contractPath, err, failure, ok, type Result } from '@plumbline/contracts';
import { lockHolders } from '../descriptor-holders.ts';
import { isFree } from '../lock.ts';
import { announced, findSupervisor, isGone, type Supervisor, supervisorLock } from './find-supervisor.ts';
import { supervisorBuild, supervisorProgram } from './programs.ts';
import { ask, DEAD_MS, END_MS, stays } from './supervisor-client.ts';

const START_MS = 15_000;
/** Longer than a change that is under way and the end of every service. */
const SHUTDOWN_MS = 15_000;
/** What was killed is gone within this. */
const KILLED_MS = 2_000;
const POLL_MS = 20;

/** The supervisor of this build. One of another build is ended with its services, and replaced. */
export async function currentSupervisor(deployRoot: string): Promise<Result<Supervisor>> {
  const found = await findSupervisor(deployRoot);
  if (found.ok && found.value?.build === supervisorBuild()) return ok(found.value);
  const ended = await endSupervisor(deployRoot, found);
  return ended.ok ? startSupervisor(deployRoot) : ended;
}

/**
 * Ends the supervisor that was found, with its services; waits until nothing of it is left, and says whether there was
 * anything. What does not answer is killed: who calls this holds the lock of the deploy root.
 */
export async function endSupervisor(
  deployRoot: string,
  found: Result<Supervisor | undefined>,
): Promise<Result<boolean>> {
  if (found.ok && found.value === undefined) return ok(false);
  if (found.ok && found.value !== undefined) {
    const answer = await ask(found.value, { method: 'POST', path: '/v1/shutdown', limitMs: SHUTDOWN_MS });
    if (await isGone(found.value, deployRoot, answer.ok ? END_MS : DEAD_MS)) return ok(true);
  }
  for (const { pid } of lockHolders(supervisorLock(deployRoot))) kill(pid);
  const deadline = performance.now() + KILLED_MS;
  while (!isFree(supervisorLock(deployRoot))) {
    if (performance.now() > deadline) return found.ok ? err(stays(found.value as Supervisor)) : found;
    await sleep(POLL_MS);
  }
  return ok(true);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    return;
  }
}

/** Starts a supervisor in a session of its own and waits until it answers. */
async function startSupervisor(deployRoot: string): Promise<Result<Supervisor>> {
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
  const found = announced(deployRoot);
  return found === undefined
    ? err(failure('E_RUNTIME_SUPERVISOR', 'the supervisor ended at once', { place: { file: log } }))
    : ok(found);
}
