import {
  type Check,
  exitCode,
  type Failure,
  notPassed,
  type RunRecord,
  type RunStatus,
  type Summary,
  slug,
} from '@plumbline/contracts';
import { elapsedMs } from './elapsed.ts';
import { levelsOf } from './levels.ts';
import type { RecordFields } from './run-index.ts';
import { statusOf, superseded } from './status.ts';
import type { StepEnd } from './step-end.ts';

/** What a summary is made of. */
export interface SummaryParts {
  readonly head: Pick<Summary, 'run_id' | 'pipeline' | 'environment' | 'engine' | 'mode'>;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly steps: readonly StepEnd[];
  readonly signal?: 'SIGINT' | 'SIGTERM';
  /** Why the event log is not whole, where it is not. */
  readonly eventsLost?: Failure;
  readonly next: (status: RunStatus) => readonly string[];
  /** The path map as it is on this host, where the summary is to tell it. */
  readonly paths?: Readonly<Record<string, string>>;
}

/** How a run ended. Pure. */
export function buildSummary(parts: SummaryParts): Summary {
  const { head, startedAt, endedAt, steps, signal } = parts;
  const again = superseded(steps);
  const counted = steps.filter((step) => !again.has(step.cellOf ?? step.id));
  const whole = counted.filter((step) => step.cellOf === undefined);
  const checks = [...whole.flatMap((step) => step.report?.checks ?? []), ...ownChecks(parts)];
  const count = (verdict: string) => checks.filter((check) => check.verdict === verdict).length;
  const status = statusOf(counted, ownChecks(parts), signal);
  return {
    schema_version: '1',
    ...head,
    status,
    exit_code: exitCode(status, { ...(signal === undefined ? {} : { signal }) }),
    started_at: new Date(startedAt).toISOString(),
    ended_at: new Date(endedAt).toISOString(),
    duration_ms: elapsedMs(startedAt, endedAt),
    steps: steps.map(({ id, uses, status: ended, summary, durationMs, notNeeded, cellOf }) => {
      const by = again.get(cellOf ?? id);
      return {
        id,
        uses,
        status: ended,
        summary,
        duration_ms: durationMs,
        ...(cellOf === undefined ? {} : { cell_of: cellOf }),
        ...(notNeeded === true ? { not_needed: true } : {}),
        ...(by === undefined ? {} : { superseded_by: by }),
      };
    }),
    checks: {
      pass: count('pass'),
      warn: count('warn'),
      fail: count('fail'),
      unknown: count('unknown'),
      skipped: count('skipped'),
    },
    levels: levelsOf(lastProof(whole)),
    ...servicesOf(whole),
    errors: checks.flatMap((check) => (check.error === undefined ? [] : [check.error])),
    proved: whole.flatMap((step) => [...(step.said?.proved ?? [])]),
    samples: whole.flatMap((step) => [...(step.said?.samples ?? [])]),
    stand_ins: [...new Set(whole.flatMap((step) => [...(step.said?.standIns ?? [])]))],
    next: [...whole.flatMap((step) => [...(step.said?.next ?? [])]), ...parts.next(status)],
    ...(parts.paths === undefined ? {} : { paths: parts.paths }),
  };
}

/** What the run says of its own evidence. */
function ownChecks({ eventsLost: lost }: SummaryParts): readonly Check[] {
  if (lost === undefined) return [];
  const message = `events.jsonl is not whole: ${lost.message}`;
  return [notPassed({ id: 'run.events', summary: message }, 'warn', { ...lost, message })];
}

/** The checks of the step that looked at the levels last: a proof after a rollback is of what stands now. */
function lastProof(whole: readonly StepEnd[]): readonly Check[] {
  const proofs = whole.filter((step) => levelsOf(step.report?.checks ?? []).length > 0);
  return proofs.at(-1)?.report?.checks ?? [];
}

/** What the apply that came last did about each service. */
function servicesOf(whole: readonly StepEnd[]): Pick<Summary, 'services'> {
  const report = whole.filter((step) => step.report?.services !== undefined).at(-1)?.report;
  if (report?.services === undefined) return {};
  const forGood = new Set(report.operations.filter((op) => op.irreversible === true).map((op) => op.target));
  return {
    services: Object.entries(report.services).map(([service, { change, cause }]) => ({
      service,
      change,
      cause,
      ...(forGood.has(service) ? { irreversible: true } : {}),
    })),
  };
}

/** A profile as a line of the index has it: as paths do. Pure. */
export function recordedProfile(profile: string | undefined): Pick<RunRecord, 'profile'> {
  return profile === undefined ? {} : { profile: slug(profile) };
}

/** The line of the index that a summary gives. Pure. */
export function recordOf(summary: Summary, about: Pick<RunRecord, 'user' | 'run_path' | 'profile'>): RecordFields {
  const { run_id, pipeline, environment, mode, status, exit_code, started_at, duration_ms, checks, errors } = summary;
  const outcome = { run_id, pipeline, environment, mode, status, exit_code, started_at, duration_ms };
  const buckets = [...new Set(errors.map((error) => error.bucket))];
  return { ...outcome, errors: checks.fail + checks.unknown, warnings: checks.warn, buckets, ...about };
}
