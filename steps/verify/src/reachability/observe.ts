import { err, failure, msOfIsoTime, ok, type Result, type StepContext } from '@plumbline/contracts';
import { askingAs, askJson } from '../ask.ts';
import { lookUntil } from '../until.ts';

const LIMIT_MS = 60_000;
const EVERY_MS = 1_000;
const READY_TRIES = 2;
/** Prometheus hands new targets to its scrapers only every five seconds: one that has just started has none yet. */
const DISCOVERY_MS = 12_000;
/** One failed scrape may be of a service that was just being replaced; two in a row are not. */
const DOWN_SCRAPES = 2;

/** One scrape target as the metrics store sees it. */
export interface Target {
  readonly job: string;
  readonly health: string;
  readonly url: string;
  readonly lastError: string;
  /** When it was last scraped, in milliseconds since 1970; 0 where it never was. */
  readonly scrapedAt: number;
}

/** A data source's own answer on whether it reaches its service. */
export interface DatasourceHealth {
  readonly status: string;
  readonly message: string;
}

/** What the services themselves tell of whom they reach. */
export interface ReachabilitySeen {
  readonly targets: Result<readonly Target[]>;
  /** Data source uid -> what its health answer says. */
  readonly datasources: ReadonlyMap<string, Result<DatasourceHealth>>;
  /** Services that are not ready: that nobody reaches them says nothing of the network. */
  readonly down: ReadonlySet<string>;
  readonly looks: number;
}

/**
 * Asks the services whom they reach on the stack's network: it is their view that counts, and this host's says nothing
 * of it (design, "Modes"). A target that is missing is given time to be discovered, and one that is down a second scrape.
 */
export async function observeReachability(context: StepContext): Promise<ReachabilitySeen> {
  const { config, ports, signal, emit } = context;
  const down = await notReady(context);
  const since = ports.clock.now();
  const downAt = new Map<string, Set<number>>();
  const settled = (target: Target | undefined): boolean => {
    if (target === undefined) return ports.clock.now() - since >= DISCOVERY_MS;
    if (target.health === 'up') return true;
    if (target.health !== 'down' || target.scrapedAt <= since) return false;
    const seen = downAt.get(target.job) ?? new Set();
    downAt.set(target.job, seen.add(target.scrapedAt));
    return seen.size >= DOWN_SCRAPES;
  };
  const { seen: targets, looks } = await lookUntil(() => askTargets(context), {
    clock: ports.clock,
    signal,
    text: 'every target to be scraped',
    limitMs: LIMIT_MS,
    everyMs: EVERY_MS,
    unfinished: (found) => {
      if (!found.ok) return false;
      return config.stack.network.targets.some(({ job, service }) => {
        return !down.has(service) && !settled(found.value.find((target) => target.job === job));
      });
    },
    emit,
  });
  return { targets, looks, down, datasources: await askDatasources(context) };
}

async function notReady({ ports: { health }, signal }: StepContext): Promise<ReadonlySet<string>> {
  const ready = health.endpoints.filter((endpoint) => endpoint.ready);
  const answers = await Promise.all(ready.map((endpoint) => health.check(endpoint, { signal, tries: READY_TRIES })));
  return new Set(answers.filter((answer) => !answer.healthy).map((answer) => answer.endpoint.service));
}

async function askTargets(context: StepContext): Promise<Result<readonly Target[]>> {
  if (context.config.stack.network.targets.length === 0) return ok([]);
  const answer = await askJson({ ...context.ports, signal: context.signal }, 'metrics_targets');
  return answer.ok ? targetsOf(answer.value) : answer;
}

interface RawTarget {
  readonly labels?: { readonly job?: unknown };
  readonly health?: unknown;
  readonly scrapeUrl?: unknown;
  readonly lastError?: unknown;
  readonly lastScrape?: unknown;
}

/** The active targets of Prometheus's answer, each part of it checked. */
export function targetsOf(body: unknown): Result<readonly Target[]> {
  const answer = body as { status?: unknown; data?: { activeTargets?: unknown } } | null;
  const active = answer?.data?.activeTargets;
  if (answer?.status !== 'success' || !Array.isArray(active)) return bad('targets', 'no list of active targets');
  const targets: Target[] = [];
  for (const { labels, health, scrapeUrl, lastError, lastScrape } of active as RawTarget[]) {
    const job = labels?.job;
    if (typeof job !== 'string' || typeof health !== 'string')
      return bad('targets', 'a target has no job or no health');
    // Go writes a time that never was as the year 1.
    const scrapedAt = Math.max(0, msOfIsoTime(String(lastScrape ?? '')) ?? 0);
    targets.push({ job, health, url: String(scrapeUrl ?? ''), lastError: String(lastError ?? ''), scrapedAt });
  }
  return ok(targets);
}

async function askDatasources(context: StepContext): Promise<ReachabilitySeen['datasources']> {
  const answers = new Map<string, Result<DatasourceHealth>>();
  for (const { uid } of context.config.stack.network.datasources) {
    const asking = await askingAs('grafana', context);
    // Grafana answers 400 where the data source does not reach its service: an answer, and a finding.
    const answer = asking.ok ? await askJson(asking.value, 'datasource_health', {}, { uid }, [200, 400]) : asking;
    answers.set(uid, answer.ok ? healthOf(answer.value) : answer);
  }
  return answers;
}

/** The health answer of a data source, checked. */
export function healthOf(body: unknown): Result<DatasourceHealth> {
  const { status, message = '' } = (body ?? {}) as { status?: unknown; message?: unknown };
  if (typeof status !== 'string') return bad('datasource_health', 'no status');
  return ok({ status, message: String(message) });
}

function bad(api: string, message: string): Result<never> {
  return err(failure('E_NETWORK_BAD_ANSWER', `${api}: ${message}`));
}
