import { err, failure, ok, type Result, type StepContext } from '@plumbline/contracts';
import { askingAs, askJson } from '../ask.ts';
import { lookUntil } from '../until.ts';

const LIMIT_MS = 60_000;
const EVERY_MS = 1_000;

/** One scrape target as the metrics store sees it. */
export interface Target {
  readonly job: string;
  readonly health: string;
  readonly url: string;
  readonly lastError: string;
}

/** What the services themselves tell of whom they reach. */
export interface ReachabilitySeen {
  readonly targets: Result<readonly Target[]>;
  /** Data source uid -> what its health answer says. */
  readonly datasources: ReadonlyMap<string, Result<{ readonly status: string; readonly message: string }>>;
  readonly looks: number;
}

/**
 * Asks the services whom they reach on the stack's network: it is their view that counts, and this host's says nothing
 * of it (design, "Modes"). A target that was not scraped yet is waited for.
 */
export async function observeReachability(context: StepContext): Promise<ReachabilitySeen> {
  const { network } = context.config.stack;
  const look = async () => ({ targets: await askTargets(context), datasources: await askDatasources(context) });
  const { seen, looks } = await lookUntil(look, {
    clock: context.ports.clock,
    signal: context.signal,
    text: 'every target to be scraped once',
    limitMs: LIMIT_MS,
    everyMs: EVERY_MS,
    unfinished: ({ targets }) => {
      if (!targets.ok) return false;
      return network.targets.some(
        ({ job }) => targets.value.find((target) => target.job === job)?.health === 'unknown',
      );
    },
    emit: context.emit,
  });
  return { ...seen, looks };
}

async function askTargets(context: StepContext): Promise<Result<readonly Target[]>> {
  if (context.config.stack.network.targets.length === 0) return ok([]);
  const answer = await askJson({ ...context.ports, signal: context.signal }, 'metrics_targets');
  return answer.ok ? targetsOf(answer.value) : answer;
}

/** The active targets of Prometheus's answer, each part of it checked. */
export function targetsOf(body: unknown): Result<readonly Target[]> {
  const answer = body as { status?: unknown; data?: { activeTargets?: unknown } } | null;
  const active = answer?.data?.activeTargets;
  if (answer?.status !== 'success' || !Array.isArray(active)) return bad('targets', 'no list of active targets');
  const targets: Target[] = [];
  for (const target of active as {
    labels?: { job?: unknown };
    health?: unknown;
    scrapeUrl?: unknown;
    lastError?: unknown;
  }[]) {
    const job = target?.labels?.job;
    if (typeof job !== 'string' || typeof target.health !== 'string')
      return bad('targets', 'a target has no job or no health');
    targets.push({
      job,
      health: target.health,
      url: String(target.scrapeUrl ?? ''),
      lastError: String(target.lastError ?? ''),
    });
  }
  return ok(targets);
}

async function askDatasources(context: StepContext): Promise<ReachabilitySeen['datasources']> {
  const answers = new Map<string, Result<{ readonly status: string; readonly message: string }>>();
  for (const { uid } of context.config.stack.network.datasources) {
    const asking = await askingAs('grafana', context);
    const answer = asking.ok ? await askJson(asking.value, 'datasource_health', {}, { uid }) : asking;
    answers.set(uid, answer.ok ? healthOf(answer.value) : answer);
  }
  return answers;
}

function healthOf(body: unknown): Result<{ readonly status: string; readonly message: string }> {
  const { status, message = '' } = (body ?? {}) as { status?: unknown; message?: unknown };
  if (typeof status !== 'string') return bad('datasource_health', 'no status');
  return ok({ status, message: String(message) });
}

function bad(api: string, message: string): Result<never> {
  return err(failure('E_NETWORK_BAD_ANSWER', `${api}: ${message}`));
}
