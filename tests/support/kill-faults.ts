import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Deployment } from './deployment.ts';
import { wishFor } from './kill-changes.ts';
import { chooseMoment } from './kill-moments.ts';
import { endOf, stackTrace, startGroup, words } from './kill-process.ts';
import { stageOf, watchNextRun } from './kill-progress.ts';
import { type Random, seeded } from './kill-random.ts';
import { makeSite, type Site } from './kill-site.ts';

/** What a lane did: each fault with how the run that met it ended, and what was wrong. */
export interface FaultResult {
  readonly faults: readonly string[];
  readonly problems: readonly string[];
}

type Target = 'supervisor' | 'service';

interface Fault {
  readonly target: Target;
  /** What is under way when it is killed. */
  readonly during: 'up that changes' | 'up that changes nothing' | 'idleness';
}

const faults: readonly Fault[] = (['supervisor', 'service'] as const).flatMap((target) =>
  (['up that changes', 'up that changes nothing', 'idleness'] as const).map((during) => ({ target, during })),
);

const PAUSE_MS = 500;

/** One deployment, whose supervisor or one of whose services is killed at so many points. The next `up` must be green. */
export async function faultLane(name: string, points: number, seed: number): Promise<FaultResult> {
  const random = seeded(seed);
  await using site = await makeSite(name);
  const told: string[] = [];
  let left: readonly Fault[] = [];
  try {
    site.at('before the first fault');
    await site.up();
    const since = performance.now();
    site.ask(wishFor('one service', site.wish(), random));
    await site.up();
    const durationMs = performance.now() - since;
    while (told.length < points) {
      if (left.length === 0) left = random.shuffle(faults);
      const [fault, ...rest] = left as [Fault, ...Fault[]];
      left = rest;
      told.push(await meet(fault, { site, random, durationMs, point: told.length + 1 }));
      await site.up();
    }
  } catch (thrown) {
    site.note([thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)]);
  }
  return { faults: told, problems: site.problems };
}

interface Where {
  readonly site: Site;
  readonly random: Random;
  readonly durationMs: number;
  readonly point: number;
}

async function meet({ target, during }: Fault, { site, random, durationMs, point }: Where): Promise<string> {
  if (during === 'idleness') {
    site.at(`point ${point} (${target} killed at rest)`);
    kill(target, site.d, random);
    await new Promise((resolve) => setTimeout(resolve, random.next() * PAUSE_MS));
    return `${target} at rest`;
  }
  if (during === 'up that changes')
    site.ask(wishFor(random.pick(['one service', 'two services', 'compose', 'everything']), site.wish(), random));
  const moment = chooseMoment(random, durationMs, during === 'up that changes');
  site.at(`point ${point} (${target} killed during ${during}, ${moment.label})`);
  const run = watchNextRun(site.d);
  const group = startGroup(site.d, ['up']);
  await moment.wait(run, group.alive);
  const stage = group.alive() ? stageOf(run) : 'ended';
  kill(target, site.d, random);
  const end = await endOf(group, ['up']);
  site.note(stackTrace(end));
  site.at(`point ${point} (${target} killed during ${during}, ${moment.label}, in ${stage}, exit ${end.code})`);
  // A service that was started again after apply saw it is a warning, and rightly so.
  const restarted = target === 'service' && end.code === 1 && end.stdout.includes('E_RUNTIME_SERVICE_RESTARTED');
  if (!restarted && ![0, 2, 3].includes(end.code ?? -1)) site.note([words(end)]);
  const artifact = run.artifact();
  await site.checkKilled(artifact === undefined ? [] : [{ wish: site.wish(), artifact }]);
  return `${target} in ${stage}, exit ${end.code}`;
}

/** Kills what is there of its kind; no lock is asked for, which the run might want at that moment. */
export function kill(target: Target, d: Deployment, random: Random): void {
  const supervisor = supervisorOf(d);
  if (supervisor === undefined) return;
  const victims = target === 'supervisor' ? [supervisor] : childrenOf(supervisor);
  if (victims.length === 0) return;
  try {
    process.kill(random.pick(victims), 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

/** What its file says may be of one that has ended: the process itself is looked at. */
function supervisorOf(d: Deployment): number | undefined {
  try {
    const { pid } = JSON.parse(readFileSync(join(d.deployRoot, 'supervisor.json'), 'utf8')) as { pid: number };
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(d.deployRoot) ? pid : undefined;
  } catch {
    return undefined;
  }
}

function childrenOf(parent: number): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const [, ppid] = readFileSync(`/proc/${pid}/stat`, 'utf8')
          .replace(/^.*\) /s, '')
          .split(' ');
        return Number(ppid) === parent;
      } catch {
        return false;
      }
    });
}
