import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Deployment, type Ended, ended } from './deployment.ts';

const program = join(import.meta.dirname, '../../runner/dist/plumb.js');
/** No run of these tests takes as long: one that does, hangs. */
const HANG_MS = 120_000;
const SAID = 3_000;

/** A command line in a process group of its own, as a shell with job control starts it. */
export interface Group {
  readonly end: Promise<Ended>;
  readonly alive: () => boolean;
  /** SIGSTOP to all of it: what it holds and has written can be looked at in peace. */
  freeze(): void;
  /** SIGKILL to all of it; resolves when none of it is left. */
  kill(): Promise<void>;
}

export function startGroup(d: Deployment, args: readonly string[]): Group {
  const child = spawn(process.execPath, [program, ...args, '--config', d.configFile], {
    cwd: d.root,
    env: { ...process.env, ...d.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const leader = child.pid as number;
  const alive = () => child.exitCode === null && child.signalCode === null;
  const signal = (name: NodeJS.Signals) => {
    try {
      process.kill(-leader, name);
    } catch {
      // It ended by itself.
    }
  };
  return {
    end: ended(child),
    alive,
    freeze: () => signal('SIGSTOP'),
    async kill() {
      const gone = alive() ? once(child, 'exit') : undefined;
      signal('SIGKILL');
      await gone;
      while (membersOf(leader).length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    },
  };
}

/** Runs a command line to its end. One that does not end is ended, and that is thrown. */
export async function runToEnd(d: Deployment, args: readonly string[]): Promise<Ended> {
  return endOf(startGroup(d, args), args);
}

export async function endOf(group: Group, args: readonly string[]): Promise<Ended> {
  let hangs = false;
  const timer = setTimeout(() => {
    hangs = true;
    void group.kill();
  }, HANG_MS);
  const end = await group.end;
  clearTimeout(timer);
  if (hangs) throw new Error(`${args.join(' ')} does not end, ${words(end)}`);
  return end;
}

/** How a command ended and what it said, the long middle of it left out. */
export function words({ code, signal, stdout, stderr }: Ended): string {
  return `exit ${code ?? signal}:\n${stdout.slice(0, SAID)}\n${stderr.slice(-SAID)}`;
}

/** Lines of a stack trace in what a command said: a bug showed where a sentence should. */
export function stackTrace(end: Ended): readonly string[] {
  const found = /\n\s+at .*(?:file:\/\/|node:|\.js:\d)|E_RUNTIME_UNEXPECTED/.exec(`${end.stdout}\n${end.stderr}`);
  return found === null ? [] : [`a stack trace, ${found[0]} in ${words(end)}`];
}

/** Whether nobody holds a lock, tried for a while. A lock file that is not there is free. */
export async function isFreeWithin(file: string, limitMs: number): Promise<boolean> {
  for (const since = Date.now(); ; ) {
    if (!existsSync(file) || spawnSync('flock', ['-n', file, 'true']).status === 0) return true;
    if (Date.now() - since > limitMs) return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Live processes of a group; one that ended and that nobody has waited for does not live. */
function membersOf(group: number): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const [state, , pgrp] = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      return Number(pgrp) === group && state !== 'Z' && state !== 'X';
    } catch {
      return false;
    }
  });
}
