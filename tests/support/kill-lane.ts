import { type Change, dealer, wishFor } from './kill-changes.ts';
import { kill } from './kill-faults.ts';
import type { Version } from './kill-loaded.ts';
import { chooseMoment } from './kill-moments.ts';
import { isFreeWithin, startGroup } from './kill-process.ts';
import { isUnderWay, stageOf, watchNextRun } from './kill-progress.ts';
import { type Random, seeded } from './kill-random.ts';
import { makeSite, type Site } from './kill-site.ts';
import { parts, same } from './kill-wish.ts';

/** What a lane did: the stages that its kills fell into, and what was wrong. */
export interface LaneResult {
  readonly stages: readonly string[];
  readonly problems: readonly string[];
}

/** How long a run that makes a change takes here, in milliseconds: as long as the last that was not killed in time. */
type Pace = Map<Change, number>;

const MORE_SERVICE_MS = 500;
const NOTHING_MS = 1_500;
const DOWN_MS = 300;

/**
 * One deployment, killed at so many points, each followed by the checks and by the run that finishes the job. What is
 * wrong is collected; a lane ends early when what was killed cannot be finished.
 */
export async function killLane(name: string, points: number, seed: number): Promise<LaneResult> {
  const random = seeded(seed);
  await using site = await makeSite(name);
  const deal = dealer(random);
  const stages: string[] = [];
  try {
    const pace = await measure(site, random);
    while (stages.length < points) {
      const change = deal();
      await prepare(change, site, random);
      // Now and then the run that is to finish the job is killed too.
      const kills = Math.min(random.below(5) === 0 ? 2 : 1, points - stages.length);
      const tried: Version[] = [];
      for (let n = 0; n < kills; n += 1) {
        stages.push(await killOne({ change, site, random, pace, tried, point: stages.length + 1 }));
      }
      await finish(change, site, random);
    }
  } catch (thrown) {
    site.note([thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)]);
  }
  return { stages, problems: site.problems };
}

async function measure(site: Site, random: Random): Promise<Pace> {
  const timed = async (act: () => Promise<unknown>) => {
    const since = performance.now();
    await act();
    return performance.now() - since;
  };
  site.at('before the first kill');
  const first = await timed(() => site.up());
  site.ask(wishFor('one service', site.wish(), random));
  const one = await timed(() => site.up());
  const two = one + MORE_SERVICE_MS;
  const all = one + (parts.length - 1) * MORE_SERVICE_MS;
  return new Map<Change, number>([
    ['first', first],
    ['one service', one],
    ['two services', two],
    ['compose', two],
    ['everything', all],
    ['back', two],
    ['nothing', NOTHING_MS],
    ['down', DOWN_MS],
  ]);
}

/** Brings the deployment to where the run that is to be killed starts. */
async function prepare(change: Change, site: Site, random: Random): Promise<void> {
  site.at(`preparing ${change}`);
  if (change === 'first') {
    await site.down(...(random.below(2) === 0 ? ['--volumes'] : []));
    if (random.below(2) === 0) site.forget();
  }
  if (change !== 'down') site.ask(wishFor(change, site.wish(), random));
}

interface Kill {
  readonly change: Change;
  readonly site: Site;
  readonly random: Random;
  readonly pace: Pace;
  /** What runs that were killed before this one may have brought about; this one adds its own. */
  readonly tried: Version[];
  readonly point: number;
}

async function killOne({ change, site, random, pace, tried, point }: Kill): Promise<string> {
  const args = change === 'down' ? ['down', ...(random.below(3) === 0 ? ['--volumes'] : [])] : ['up'];
  const moment = chooseMoment(random, pace.get(change) as number, change !== 'nothing' && change !== 'down');
  const freeze = random.below(3) === 0;
  // Now and then everything ends at once, as when the host does.
  const all = random.below(8) === 0;
  site.at(`point ${point} (${change}, ${moment.label}${all ? ', supervisor too' : ''})`);
  const run = watchNextRun(site.d);
  const since = performance.now();
  const group = startGroup(site.d, args);
  await moment.wait(run, group.alive);
  if (!group.alive()) pace.set(change, performance.now() - since);
  if (freeze) {
    group.freeze();
    if (group.alive() && isUnderWay(run) && (await isFreeWithin(`${site.d.deployRoot}/.lock`, 0)))
      site.note(['the lock is free while the run is under way']);
  }
  const ended = !group.alive();
  if (all) kill('supervisor', site.d, random);
  await group.kill();
  const stage = ended ? 'ended' : change === 'down' ? `down: ${stageOf(run)}` : stageOf(run);
  site.at(`point ${point} (${change}, ${moment.label}${all ? ', supervisor too' : ''}, in ${stage})`);
  const artifact = run.artifact();
  if (artifact !== undefined) tried.push({ wish: site.wish(), artifact });
  await site.checkKilled(tried);
  return stage;
}

/** The next run finishes the job; at a sample of points the one after it must have nothing to do. */
async function finish(change: Change, site: Site, random: Random): Promise<void> {
  if (change === 'down' && random.below(2) === 0) await site.down();
  const wanted = site.wish();
  await site.up();
  if (random.below(4) !== 0) return;
  const again = await site.up();
  if (!again.stdout.includes('nothing changed')) site.note([`a second up changed something:\n${again.stdout}`]);
  if (!same(wanted, site.wish())) throw new Error('the wish changed on the way');
}
