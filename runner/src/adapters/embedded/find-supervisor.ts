import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { contractPath, err, failure, ok, type Result } from '@plumbline/contracts';
import { hasOpen, lockHolders } from '../descriptor-holders.ts';
import { isFree } from '../lock.ts';

/** A supervisor that holds its lock, and how to speak to it: supervisor.json. */
export interface Supervisor {
  readonly build: string;
  readonly pid: number;
  readonly port: number;
  /** Another one with every supervisor. */
  readonly token: string;
  /** The compose projects of its services; none where it is of an older build. */
  readonly projects: readonly string[];
}

/** Longer than a supervisor takes to start, and its services to notice that it was killed. */
const FOUND_MS = 10_000;
const POLL_MS = 50;

/**
 * The supervisor of a deploy root; undefined where nobody holds its lock, whatever files were left behind. One that
 * just starts, and what is left of one that was killed, is waited for; then E_RUNTIME_SUPERVISOR names who holds it.
 */
export async function findSupervisor(deployRoot: string): Promise<Result<Supervisor | undefined>> {
  const deadline = performance.now() + FOUND_MS;
  for (;;) {
    if (isFree(supervisorLock(deployRoot))) return ok(undefined);
    const said = announced(deployRoot);
    if (said !== undefined) return ok(said);
    if (performance.now() > deadline) return err(mute(deployRoot));
    await sleep(POLL_MS);
  }
}

/** Waits until a supervisor is gone, and all that it ran: either nobody holds its lock, or another one does. */
export async function isGone(supervisor: Supervisor, deployRoot: string, limitMs: number): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    if (isFree(supervisorLock(deployRoot))) return true;
    const said = announced(deployRoot);
    if (said !== undefined && said.token !== supervisor.token) return true;
    if (performance.now() > deadline) return false;
    await sleep(POLL_MS);
  }
}

/** The lock that says that a supervisor, or a service of one, lives. */
export function supervisorLock(deployRoot: string): string {
  return contractPath('deploy', 'supervisor_lock', deployRoot);
}

/**
 * What the supervisor of a deploy root says of itself; undefined where whoever said it is gone: a supervisor has its
 * lock open for as long as it lives.
 */
export function announced(deployRoot: string): Supervisor | undefined {
  const said = read(contractPath('deploy', 'supervisor', deployRoot));
  return said !== undefined && hasOpen(said.pid, supervisorLock(deployRoot)) ? said : undefined;
}

function read(path: string): Supervisor | undefined {
  try {
    const said = JSON.parse(readFileSync(path, 'utf8')) as Partial<Supervisor> | null;
    const { build, pid, port, token, projects = [] } = said ?? {};
    if (typeof build !== 'string' || typeof token !== 'string') return undefined;
    if (!Number.isInteger(pid) || !Number.isInteger(port) || !Array.isArray(projects)) return undefined;
    return { build, pid: pid as number, port: port as number, token, projects };
  } catch {
    return undefined;
  }
}

function mute(deployRoot: string) {
  const file = contractPath('deploy', 'supervisor', deployRoot);
  const holders = lockHolders(supervisorLock(deployRoot)).map(({ name, pid }) => `${name} (process ${pid})`);
  const who = holders.length === 0 ? 'a process that does not show' : holders.join(', ');
  return failure(
    'E_RUNTIME_SUPERVISOR',
    `${who} holds the supervisor's lock of ${deployRoot}, and ${file} does not say how to reach it`,
    { place: { file } },
  );
}
