import type { Report } from '@plumbline/contracts';

/** One external change. */
export interface PromoteOp {
  readonly op: 'flip_verified';
  readonly generation: string;
  readonly cause: string;
}

/** Why a proof does not make a generation one to go back to; undefined where it does. A warning is no reason. Pure. */
export function whyNot({ step, status }: Pick<Report, 'step' | 'status'>): string | undefined {
  return status === 'pass' || status === 'warn' ? undefined : `${step} is ${status}: that proves nothing`;
}

/** What must be done. Pure. */
export function plan(generation: string, verified: string | undefined): readonly PromoteOp[] {
  if (generation === verified) return [];
  const cause = verified === undefined ? 'it is the first that was proved here' : `${verified.slice(0, 12)} was before`;
  return [{ op: 'flip_verified', generation, cause }];
}
