import { type Check, effectiveVerdict, ROLLED_BACK, type RunStatus, type Verdict } from '@plumbline/contracts';
import type { StepEnd } from './step-end.ts';

/** Step -> the later one that did it again, and ran: its verdict counts in place of the first one's. Pure. */
export function superseded(steps: readonly StepEnd[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { id, status, supersedes, cellOf } of steps) {
    if (status === 'skipped' || cellOf !== undefined) continue;
    for (const other of supersedes ?? []) found.set(other, id);
  }
  return found;
}

/**
 * How a run ended, by the steps that count and what the run says of itself. A run that went back to what was proved
 * last is never green: it is `rolled_back` where that was proved again, else `rollback_failed` (features.md, P5). Pure.
 */
export function statusOf(
  steps: readonly StepEnd[],
  own: readonly Check[],
  signal: 'SIGINT' | 'SIGTERM' | undefined,
): RunStatus {
  const back = steps.find((step) => rolledBack(step) !== undefined);
  const restored = back !== undefined && rolledBack(back) === 'pass' && proved(back, steps);
  // Who was interrupted expects what was begun to be undone: that it was not is what must be told.
  if (back !== undefined && !restored) return 'rollback_failed';
  if (signal !== undefined) return 'interrupted';
  if (restored) return 'rolled_back';
  const checks = [...steps.flatMap((step) => step.report?.checks ?? []), ...own].map(effectiveVerdict);
  const broken = steps.some((step) => step.status === 'crashed' || step.status === 'cancelled');
  if (broken || checks.includes('fail') || checks.includes('unknown')) return 'failed';
  return checks.includes('warn') ? 'warned' : 'green';
}

/** The verdict of a rollback; undefined for a step that was none, or found nothing to go back to. */
function rolledBack({ report }: StepEnd): Verdict | undefined {
  const verdict = report?.checks.find((check) => check.id === ROLLED_BACK)?.verdict;
  return verdict === 'skipped' ? undefined : verdict;
}

/** Whether what followed a rollback is good, and showed that what it went back to works. */
function proved(back: StepEnd, steps: readonly StepEnd[]): boolean {
  const after = new Set([back.id]);
  for (const { id, waitsFor } of steps) if (waitsFor?.some((before) => after.has(before)) === true) after.add(id);
  const followers = steps.filter((step) => step.id !== back.id && after.has(step.id));
  const good = followers.every(({ status }) => status === 'pass' || status === 'warn' || status === 'skipped');
  return good && followers.some((step) => (step.said?.proved.length ?? 0) > 0);
}
