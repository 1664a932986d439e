import {
  bucketOf,
  type Check,
  type ErrorCode,
  effectiveVerdict,
  err,
  failure,
  hintOf,
  type Mode,
  ok,
  outcome,
  type Report,
  type Result,
  type StepOutcome,
  taxonomy,
  worstVerdict,
} from '@plumbline/contracts';
import { report as reportValidator } from '@plumbline/contracts/validators';
import { checkDocument } from '@plumbline/formats/document';

/** What a report that a command wrote must agree with. */
export interface ReportFacts {
  readonly runId: string;
  readonly step: string;
  readonly mode: Mode;
  /** ISO 8601. */
  readonly at: string;
  /** Removes every known secret. */
  clean(text: string): string;
}

/**
 * Reads the report that a command wrote. It need give its checks only: ids, times, hashes and outputs are the runner's,
 * and a check is required and without evidence unless it says otherwise. What it does give must be right. Pure.
 */
export function readCommandReport(text: string, facts: ReportFacts): Result<StepOutcome> {
  const what = `the report that ${facts.step} wrote`;
  const broken = (why: string) =>
    err(failure('E_PROOF_REPORT_INVALID', `${what} ${why}`, { evidence: { starts: facts.clean(text).slice(0, 200) } }));
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    return broken('is not whole JSON');
  }
  if (given === null || typeof given !== 'object' || Array.isArray(given)) return broken('is no object');
  const { runId, step, mode, at } = facts;
  const filled = {
    schema_version: '1',
    run_id: runId,
    step,
    uses: 'run',
    mode,
    status: 'skipped',
    summary: '',
    started_at: at,
    ended_at: at,
    duration_ms: 0,
    inputs: {},
    outputs: {},
    operations: [],
    stand_ins: [],
    ...given,
    ...('checks' in given && Array.isArray(given.checks) ? { checks: given.checks.map(fillCheck) } : {}),
  };
  const checked = checkDocument<Report>(filled, what, reportValidator);
  if (!checked.ok) return checked;
  const report = checked.value;
  for (const [key, own] of [
    ['run_id', runId],
    ['step', step],
    ['mode', mode],
  ] as const)
    if (report[key] !== own)
      return broken(`says ${key} ${JSON.stringify(report[key])}, and it is ${JSON.stringify(own)}`);
  const status = worstVerdict(report.checks.map(effectiveVerdict));
  if ('status' in given && report.status !== status)
    return broken(`says ${report.status}, and its checks say ${status}`);
  return ok(
    outcome(report.summary === '' ? says(report.checks) : report.summary, {
      checks: report.checks,
      operations: report.operations,
      standIns: report.stand_ins,
    }),
  );
}

function fillCheck(check: unknown): unknown {
  if (check === null || typeof check !== 'object') return check;
  const error = 'error' in check ? { error: fillError(check.error) } : {};
  return { required: true, evidence: {}, ...check, ...error };
}

/** A code of the taxonomy brings its bucket and its hint. */
function fillError(error: unknown): unknown {
  if (error === null || typeof error !== 'object' || !('code' in error) || typeof error.code !== 'string') return error;
  if (!Object.hasOwn(taxonomy.errors, error.code)) return error;
  const code = error.code as ErrorCode;
  return { bucket: bucketOf(code), hint: hintOf({ code, message: '' }), ...error };
}

function says(checks: readonly Check[]): string {
  const bad = checks.filter((check) => !['pass', 'skipped'].includes(check.verdict));
  return bad[0]?.summary ?? `${checks.length} checks: all hold`;
}
