import type { Check, Summary } from '../../contracts/src/index.ts';

/** A summary of a run that went well, changed as a test needs it. */
export function makeSummary(change: Partial<Summary> = {}): Summary {
  return {
    schema_version: '1',
    run_id: '2026-03-01T12-00-00Z_01',
    pipeline: 'up',
    environment: 'demo',
    engine: 'embedded',
    mode: 'apply',
    status: 'green',
    exit_code: 0,
    started_at: '2026-03-01T12:00:00.000Z',
    ended_at: '2026-03-01T12:00:02.500Z',
    duration_ms: 2500,
    steps: [{ id: 'apply', uses: 'apply', status: 'pass', summary: 'started loki', duration_ms: 100 }],
    levels: [],
    checks: { pass: 1, warn: 0, fail: 0, unknown: 0, skipped: 0 },
    errors: [],
    proved: [],
    samples: [],
    stand_ins: [],
    next: [],
    ...change,
  };
}

/** A check with a verdict; what did not pass raises a code. */
export function makeCheck(verdict: Check['verdict'], more: Partial<Check> = {}): Check {
  const error = { code: 'E_CONFIG_PARSE', bucket: 'config', message: 'no', hint: 'mend it' };
  const raised = verdict === 'pass' || verdict === 'skipped' ? {} : { error };
  return { id: `x.${verdict}`, verdict, required: true, summary: verdict, evidence: {}, ...raised, ...more };
}
