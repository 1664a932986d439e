import type { ErrorCode } from './generated/error-codes.ts';
import type { Summary } from './generated/types.ts';
import { taxonomy } from './taxonomy.ts';

/** pass, warn, fail; unknown is "could not look", never pass and never fail; skipped is "not asked for". */
export type Verdict = 'pass' | 'warn' | 'fail' | 'unknown' | 'skipped';

/** How a run ended. */
export type RunStatus = Summary['status'];

const order: readonly Verdict[] = ['skipped', 'pass', 'warn', 'unknown', 'fail'];

/** The worst of several verdicts: fail, unknown, warn, pass, skipped. `skipped` where there are none. */
export function worstVerdict(verdicts: Iterable<Verdict>): Verdict {
  let worst: Verdict = 'skipped';
  for (const verdict of verdicts) if (order.indexOf(verdict) > order.indexOf(worst)) worst = verdict;
  return worst;
}

/** What one check means for its report: what is not required can warn at most. */
export function effectiveVerdict(check: { readonly verdict: Verdict; readonly required: boolean }): Verdict {
  if (check.required || check.verdict === 'pass' || check.verdict === 'skipped') return check.verdict;
  return 'warn';
}

const exits: Readonly<Record<Exclude<RunStatus, 'refused'>, number>> = {
  green: 0,
  warned: 1,
  failed: 2,
  rollback_failed: 2,
  crashed: 2,
  rolled_back: 3,
  busy: 75,
  interrupted: 130,
};

/** The exit code of a run (features.md, decision 5). A refusal exits as its code says, 2 where the taxonomy says nothing. */
export function exitCode(
  status: RunStatus,
  more: { readonly code?: ErrorCode; readonly signal?: 'SIGINT' | 'SIGTERM' } = {},
): number {
  if (status === 'refused') return (more.code && taxonomy.errors[more.code].exit) ?? 2;
  if (status === 'interrupted') return more.signal === 'SIGTERM' ? 143 : 130;
  return exits[status];
}

/** The exit code of a failure outside a run: usage is 64, a lock held is 75, all else is 2. */
export function failureExit(code: ErrorCode): number {
  return taxonomy.errors[code].exit ?? 2;
}
