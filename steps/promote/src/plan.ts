import type { Report } from '@plumbline/contracts';

/** One external change. */
export interface PromoteOp {
  readonly op: 'flip_verified';
  readonly generation: string;
  readonly cause: string;
}

/**
 * Why a report does not make a generation one to go back to; undefined where it does: it must be of a verify that looked
 * at this very artifact and showed that lines arrive. A warning is no reason. Pure.
 */
export function whyNot(
  { step, uses, status, checks, inputs }: Pick<Report, 'step' | 'uses' | 'status' | 'checks' | 'inputs'>,
  artifactSha256: string,
): string | undefined {
  if (uses !== 'verify') return `${step} is no proof: it uses ${uses}`;
  if (status !== 'pass' && status !== 'warn') return `${step} is ${status}: that proves nothing`;
  if (inputs.artifact?.sha256 !== artifactSha256) return `${step} looked at another artifact`;
  const arrived = checks.some(({ id, verdict }) => id.startsWith('L3.') && verdict === 'pass');
  return arrived ? undefined : `${step} did not show that lines arrive`;
}

/** What must be done. Pure. */
export function plan(generation: string, verified: string | undefined): readonly PromoteOp[] {
  if (generation === verified) return [];
  const cause = verified === undefined ? 'it is the first that was proved here' : `${verified.slice(0, 12)} was before`;
  return [{ op: 'flip_verified', generation, cause }];
}
