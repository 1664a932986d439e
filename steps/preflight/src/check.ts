import { type Check, type Failure, notPassed, passed } from '@plumbline/contracts';

type Evidence = Readonly<Record<string, unknown>>;

/** A check of preflight that holds. */
export function good(name: string, summary: string, evidence: Evidence = {}): Check {
  return passed({ id: `preflight.${name}`, summary, evidence });
}

/** A check that this environment does not ask for, and why. */
export function skipped(name: string, reason: string): Check {
  return passed({ id: `preflight.${name}`, summary: reason }, 'skipped');
}

/** A check that does not hold. */
export function bad(name: string, cause: Failure, evidence: Evidence = {}): Check {
  return notPassed({ id: `preflight.${name}`, summary: cause.message, evidence }, 'fail', cause);
}

/** What should be seen to, and does not keep anything from being deployed. */
export function doubtful(name: string, cause: Failure, evidence: Evidence = {}): Check {
  return notPassed({ id: `preflight.${name}`, summary: cause.message, evidence }, 'warn', cause);
}

/** What could not be looked at is neither good nor bad. */
export function unseen(name: string, cause: Failure, evidence: Evidence = {}): Check {
  return notPassed(
    { id: `preflight.${name}`, summary: `could not look: ${cause.message}`, evidence },
    'unknown',
    cause,
  );
}
