import { err, failure, ok, type Result } from '@plumbline/contracts';
import type { Log } from '../common/child.ts';
import type { World } from '../common/world.ts';
import { ConfigFault } from './config/decode.ts';
import { keyOf, type Labels } from './labels.ts';
import { type Loaded, load } from './loaded.ts';
import { type GroupRunner, startGroup } from './rules/group-runner.ts';
import { type Scraper, startScraper } from './scrape/scraper.ts';
import { type Target, targetsOf } from './scrape/targets.ts';
import type { Store } from './store/store.ts';

/** The configuration at work: its scrapers and rule groups, which a reload replaces. */
export interface Running {
  readonly loaded: () => Loaded;
  readonly loadedAt: () => number;
  readonly reloadOk: () => boolean;
  readonly scrapers: () => readonly Scraper[];
  readonly dropped: () => readonly { readonly discovered: Labels; readonly pool: string }[];
  readonly groups: () => readonly GroupRunner[];
  reload(): Promise<Result<true>>;
  stop(): Promise<void>;
}

export interface RunOptions {
  readonly world: World;
  readonly file: string;
  readonly store: Store;
  readonly log: Log;
  /** How late the first scrape of a target may be. */
  readonly firstWithinMs: number;
}

/** Reads the configuration; what Prometheus would refuse in it is one failure. */
export function loadOrRefuse(world: World, file: string): Result<Loaded> {
  try {
    return ok(load(world, file));
  } catch (thrown) {
    if (thrown instanceof ConfigFault) return err(failure('E_CONFIG_SERVICE_INVALID', thrown.message));
    throw thrown;
  }
}

/** Begins to scrape and to evaluate. */
export async function run(first: Loaded, options: RunOptions): Promise<Running> {
  let loaded = first;
  let loadedAt = Date.now();
  let reloadOk = true;
  let scrapers: readonly Scraper[] = [];
  let dropped: readonly { readonly discovered: Labels; readonly pool: string }[] = [];
  let groups: readonly GroupRunner[] = [];

  const apply = async (next: Loaded) => {
    const found = next.config.scrapeConfigs.map(targetsOf);
    const wanted = new Map(found.flatMap((t) => t.active).map((target) => [identity(target), target]));
    const kept = scrapers.filter((s) => wanted.has(identity(s.target)));
    const jobs = new Set(next.config.scrapeConfigs.map((s) => s.jobName));
    const continued = new Set([...wanted.values()].map(({ labels }) => keyOf(labels)));
    // As in Prometheus: the series of a target end when its job stays without it, not when the whole job goes.
    const ended = ({ target }: Scraper) => jobs.has(target.config.jobName) && !continued.has(keyOf(target.labels));
    await Promise.all(scrapers.filter((s) => !kept.includes(s)).map((s) => s.stop(ended(s))));
    for (const { target } of kept) wanted.delete(identity(target));
    scrapers = [...kept, ...[...wanted.values()].map((target) => startScraper(target, options))];
    dropped = found.flatMap((t) => t.dropped);
    const old = groups;
    const same = (a: GroupRunner['group'], b: GroupRunner['group']) => a.name === b.name && a.file === b.file;
    for (const runner of old) runner.stop(!next.groups.some((group) => same(group, runner.group)));
    groups = next.groups.map((group) => {
      const before = old.find((runner) => same(runner.group, group))?.rules;
      return startGroup(group, {
        store: options.store,
        log: options.log,
        intervalMs: next.config.evaluationIntervalMs,
        externalLabels: next.config.externalLabels,
        ...(before === undefined ? {} : { before }),
      });
    });
    loaded = next;
    loadedAt = Date.now();
  };
  await apply(first);
  let last: Promise<Result<true>> = Promise.resolve(ok(true));

  return {
    loaded: () => loaded,
    loadedAt: () => loadedAt,
    reloadOk: () => reloadOk,
    scrapers: () => scrapers,
    dropped: () => dropped,
    groups: () => groups,
    reload() {
      // One after the other, whoever asks at the same time.
      last = last.then(async () => {
        const next = loadOrRefuse(options.world, options.file);
        reloadOk = next.ok;
        if (!next.ok) return next;
        await apply(next.value);
        return ok(true);
      });
      return last;
    },
    async stop() {
      for (const runner of groups) runner.stop(false);
      await Promise.all(scrapers.map((s) => s.stop(false)));
    },
  };
}

/** Everything by which a target is scraped: a reload that changes none of it leaves its series alone. */
function identity({ url, labels, intervalMs, timeoutMs, config }: Target): string {
  return JSON.stringify([url, labels, intervalMs, timeoutMs, config.shown]);
}
