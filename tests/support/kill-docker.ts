import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { processesNaming } from './deployment.ts';
import type { OwnEngine } from './docker.ts';
import { wishFor } from './kill-changes.ts';
import { chooseMoment } from './kill-moments.ts';
import { endOf, type Group, runToEnd, stackTrace, startGroup, words } from './kill-process.ts';
import { stageOf, watchNextRun } from './kill-progress.ts';
import { type Random, seeded } from './kill-random.ts';
import { makeSite, type Site } from './kill-site.ts';

/** What a lane did: each kill with where it fell, and what was wrong. */
export interface DockerKills {
  readonly told: readonly string[];
  readonly problems: readonly string[];
}

const targets = ['up', 'up and compose', 'compose', 'dockerd'] as const;
type Target = (typeof targets)[number];

/** How long compose takes to replace one container, at most: a kill falls anywhere within. */
const COMPOSE_MS = 2_000;
const LOOK_MS = 5;
/** An error as everybody is told of one. */
const REFUSED = /E_[A-Z_]+ \([a-z]+\): .*\n(?:\s+at .*\n)?\s+hint: \S/;

/** One deployment of containers, killed at so many points: the command line, compose alone, or the daemon under both. */
export async function dockerLane(engine: OwnEngine, points: number, seed: number): Promise<DockerKills> {
  const random = seeded(seed);
  const name = `seed ${seed}`;
  await using site = await makeSite(name, engine);
  const told: string[] = [];
  let left: readonly Target[] = [];
  try {
    site.at('before the first kill');
    await site.up();
    const since = performance.now();
    site.ask(wishFor('two services', site.wish(), random));
    await site.up();
    const durationMs = performance.now() - since;
    while (told.length < points) {
      if (left.length === 0) left = random.shuffle(targets);
      const [target, ...rest] = left as [Target, ...Target[]];
      left = rest;
      told.push(await meet(target, { site, engine, random, durationMs, point: told.length + 1 }));
      if ((await heldForNobody(engine)).length > 0) {
        await refused(site);
        await engine.restart();
        told.push(`${told.pop()}, and restarted`);
      }
      await site.up();
    }
  } catch (thrown) {
    site.note([thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)]);
  }
  return { told, problems: site.problems };
}

interface Where {
  readonly site: Site;
  readonly engine: OwnEngine;
  readonly random: Random;
  readonly durationMs: number;
  readonly point: number;
}

async function meet(target: Target, { site, engine, random, durationMs, point }: Where): Promise<string> {
  const { d } = site;
  site.ask(wishFor(random.pick(['one service', 'two services', 'compose', 'everything']), site.wish(), random));
  const moment = chooseMoment(random, durationMs, true);
  site.at(`point ${point} (${target} killed)`);
  const run = watchNextRun(d);
  const group = startGroup(d, ['up']);
  if (target === 'compose') await duringCompose(d.root, group, random);
  else await moment.wait(run, group.alive);
  const stage = group.alive() ? stageOf(run) : 'ended';
  if (target === 'dockerd') engine.kill();
  if (target === 'compose' || target === 'up and compose') for (const pid of composeOf(d.root)) end(pid);
  if (target === 'up' || target === 'up and compose') await group.kill();
  // A compose that began just as its command line was killed.
  if (target === 'up and compose') for (const pid of composeOf(d.root)) end(pid);
  const ended = await endOf(group, ['up']);
  site.note(stackTrace(ended));
  if (target === 'dockerd') await engine.start();
  site.at(`point ${point} (${target} killed in ${stage}, exit ${ended.code})`);
  if (ended.code !== null && ![0, 2, 3].includes(ended.code)) site.note([words(ended)]);
  if (ended.code !== null && ended.code !== 0 && !REFUSED.test(`${ended.stdout}${ended.stderr}`))
    site.note([`no code or no hint: ${words(ended)}`]);
  const artifact = run.artifact();
  await site.checkKilled(artifact === undefined ? [] : [{ wish: site.wish(), artifact }]);
  return `${target} in ${stage}`;
}

/**
 * Ports that the daemon holds for no container: one that was killed while it started a container may do so when it is
 * back, and starts nothing there until it is restarted (moby/moby#20486).
 */
async function heldForNobody(engine: OwnEngine): Promise<readonly string[]> {
  const list = () => engine.docker('ps', '--format', '{{.Ports}}');
  const before = await list();
  const held = processesNaming(engine.directory).flatMap((pid) => {
    return / -host-port (\d+) /.exec(commandOf(pid).join(' '))?.[1] ?? [];
  });
  // What starts or ends just then is in one of the two.
  const published = `${before} ${await list()}`;
  return held.filter((port) => !published.includes(`:${port}->`));
}

/** Runs an `up` that must say what is the matter, and what mends it. */
async function refused({ d, note }: Site): Promise<void> {
  const end = await runToEnd(d, ['up']);
  const said = /E_RUNTIME_PORT_CONFLICT .* for no container\n(?:.*\n)*? +hint: .*systemctl restart docker/;
  if (end.code !== 2 || !said.test(end.stdout)) note([`up with a port that the daemon holds: ${words(end)}`]);
}

/** A moment at which compose is at work. */
async function duringCompose(root: string, group: Group, random: Random): Promise<void> {
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  while (group.alive() && composeOf(root).length === 0) await pause(LOOK_MS);
  await pause(random.next() * COMPOSE_MS);
  while (group.alive() && composeOf(root).length === 0) await pause(LOOK_MS);
}

/** Live docker commands of a deployment: the client, and compose, which it starts. */
function composeOf(root: string): readonly number[] {
  return processesNaming(root).filter((pid) => /^docker(-compose)?$/.test(basename(programOf(pid))));
}

function programOf(pid: number): string {
  return commandOf(pid)[0] ?? '';
}

function commandOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
