import { parseExposition } from '@plumbline/formats/exposition';
import type { Log } from '../../common/child.ts';
import type { World } from '../../common/world.ts';
import { relabel } from '../config/relabel.ts';
import { keyOf, type Labels, labelsOf, nameLabel } from '../labels.ts';
import type { Row, Store } from '../store/store.ts';
import { fetchPage, type Page } from './fetch-page.ts';
import type { Target } from './targets.ts';

/** What a metric is said to be; the newest word counts. */
export interface Metadata {
  readonly type: string;
  readonly help: string;
}

/** A target under watch. */
export interface Scraper {
  readonly target: Target;
  readonly health: () => 'unknown' | 'up' | 'down';
  readonly lastError: () => string;
  /** Milliseconds since 1970; undefined before the first scrape. */
  readonly lastScrape: () => number | undefined;
  readonly lastSeconds: () => number;
  readonly metadata: () => ReadonlyMap<string, Metadata>;
  /** Ends the scrapes; with `ended`, its series end too, as those of a target that was taken away. */
  stop(ended: boolean): Promise<void>;
}

export interface ScrapeWorld {
  readonly world: World;
  readonly store: Store;
  readonly log: Log;
  /** How late the first scrape may be. */
  readonly firstWithinMs: number;
}

const reports = [
  'up',
  'scrape_duration_seconds',
  'scrape_samples_scraped',
  'scrape_samples_post_metric_relabeling',
  'scrape_series_added',
];

/** Scrapes a target on time until it is stopped. */
export function startScraper(target: Target, { world, store, log, firstWithinMs }: ScrapeWorld): Scraper {
  const end = new AbortController();
  let health: 'unknown' | 'up' | 'down' = 'unknown';
  let lastError = '';
  let lastScrape: number | undefined;
  let lastSeconds = 0;
  let metadata: ReadonlyMap<string, Metadata> = new Map();
  let before = new Map<string, Labels>();
  let told = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  const append = (time: number, rows: readonly Row[]) => {
    const { unwritten, refused } = store.append(time, rows);
    if (unwritten !== undefined && !told) log('error', 'samples could not be written to the disk', { err: unwritten });
    told = unwritten !== undefined;
    if (refused > 0) log('warn', 'samples out of order or twice', { target: target.url, num_dropped: refused });
  };

  const scrape = async () => {
    const time = Date.now();
    const began = performance.now();
    const page = await fetchPage(world, target.url, {
      timeoutMs: target.timeoutMs,
      followRedirects: target.config.followRedirects,
      signal: end.signal,
    });
    if (end.signal.aborted) return;
    const seconds = (performance.now() - began) / 1000;
    const read = readPage(page, target, store);
    const added = read.ok ? [...read.rows.keys()].filter((key) => !before.has(key)).length : 0;
    const values = [
      Number(read.ok),
      seconds,
      read.ok ? read.scraped : 0,
      read.ok ? read.rows.size + read.timed.length : 0,
      added,
    ];
    const rows: Row[] = read.ok ? [...read.rows.values()] : [];
    const now = read.ok ? read.rows : new Map<string, Row>();
    for (const [key, labels] of before) if (!now.has(key)) rows.push({ labels, value: 'stale' });
    rows.push(...reports.map((name, n) => ({ labels: reportLabels(name, target), value: values[n] as number })));
    append(time, rows);
    if (read.ok) for (const [own, timed] of byTime(read.timed)) append(own, timed);
    before = new Map([...now].map(([key, row]) => [key, row.labels]));
    [health, lastError, lastScrape, lastSeconds] = [read.ok ? 'up' : 'down', read.ok ? '' : read.error, time, seconds];
    if (read.ok) metadata = read.metadata;
  };

  const schedule = (at: number) => {
    timer = setTimeout(
      () => {
        running = scrape()
          .catch((thrown: unknown) => log('error', 'a scrape failed', { target: target.url, err: String(thrown) }))
          .finally(() => {
            // A scrape that took longer than the interval skips the ticks that it missed.
            const missed = Math.max(0, Math.ceil((Date.now() - at) / target.intervalMs) - 1);
            if (!end.signal.aborted) schedule(at + (missed + 1) * target.intervalMs);
          });
      },
      Math.max(0, at - Date.now()),
    );
  };
  schedule(Date.now() + spread(target) * Math.min(firstWithinMs, target.intervalMs));

  return {
    target,
    health: () => health,
    lastError: () => lastError,
    lastScrape: () => lastScrape,
    lastSeconds: () => lastSeconds,
    metadata: () => metadata,
    async stop(ended) {
      clearTimeout(timer);
      end.abort();
      await running;
      if (!ended || lastScrape === undefined) return;
      const all = [...before.values(), ...reports.map((name) => reportLabels(name, target))];
      append(
        Math.max(Date.now(), lastScrape + 1),
        all.map((labels) => ({ labels, value: 'stale' as const })),
      );
    },
  };
}

type Read =
  | { readonly ok: false; readonly error: string }
  | {
      readonly ok: true;
      readonly scraped: number;
      readonly rows: Map<string, Row>;
      /** Samples that bring a time of their own; they have no part in staleness. */
      readonly timed: readonly { readonly time: number; readonly row: Row }[];
      readonly metadata: ReadonlyMap<string, Metadata>;
    };

/** One page is taken whole or not at all. */
function readPage(page: Page, target: Target, store: Store): Read {
  if (!page.ok) return page;
  const parsed = parseExposition(page.text);
  if (!parsed.ok) return { ok: false, error: parsed.failure.message };
  const rows = new Map<string, Row>();
  const timed: { time: number; row: Row }[] = [];
  let scraped = 0;
  for (const { samples } of parsed.value) {
    for (const { name, labels, value, timestamp } of samples) {
      scraped += 1;
      const own = mergeLabels({ ...labels, [nameLabel]: name }, target);
      const made = relabel(own, target.config.metricRelabel);
      if (made === undefined || made[nameLabel] === undefined) continue;
      const row = { labels: made, value };
      if (timestamp !== undefined && target.config.honorTimestamps) timed.push({ time: timestamp, row });
      else if (!rows.has(keyOf(made))) rows.set(keyOf(made), row);
    }
  }
  const { sampleLimit } = target.config;
  if (sampleLimit > 0 && rows.size + timed.length > sampleLimit) return { ok: false, error: 'sample limit exceeded' };
  if (!store.hasRoomFor([...rows.values(), ...timed.map((t) => t.row)].map((row) => row.labels))) {
    return { ok: false, error: 'the series limit of this stand-in is reached' };
  }
  const metadata = new Map(
    parsed.value.map((f) => [f.name, { type: f.type === 'untyped' ? 'unknown' : f.type, help: f.help ?? '' }]),
  );
  return { ok: true, scraped, rows, timed, metadata };
}

/** The target's labels win, and the page's own move to `exported_…`; with honor_labels it is the other way round. */
function mergeLabels(own: Labels, { labels, config }: Target): Labels {
  if (config.honorLabels) return labelsOf(Object.entries({ ...labels, ...own }));
  const moved = Object.entries(own).map(([name, value]) => {
    let to = name;
    while (Object.hasOwn(labels, to) || (to !== name && Object.hasOwn(own, to))) to = `exported_${to}`;
    return [to, value] as const;
  });
  return labelsOf([...moved, ...Object.entries(labels)]);
}

/** Rows of the same moment are written together; a time that is far ahead is no time. */
function byTime(timed: readonly { readonly time: number; readonly row: Row }[]): ReadonlyMap<number, readonly Row[]> {
  const latest = Date.now() + 600_000;
  const groups = new Map<number, Row[]>();
  for (const { time, row } of timed.filter((t) => t.time <= latest)) {
    const group = groups.get(time) ?? [];
    group.push(row);
    groups.set(time, group);
  }
  return groups;
}

function reportLabels(name: string, { labels }: Target): Labels {
  return labelsOf(Object.entries({ ...labels, [nameLabel]: name }));
}

/** Between 0 and 1, the same for the same target: targets are not scraped all at once. */
function spread({ url, labels }: Target): number {
  let hash = 2_166_136_261;
  for (const c of url + keyOf(labels)) hash = Math.imul(hash ^ (c.codePointAt(0) ?? 0), 16_777_619);
  return (hash >>> 0) / 2 ** 32;
}
