import {
  type Check,
  type ErrorCode,
  type Failure,
  failure,
  notPassed,
  type Report,
  taxonomy,
} from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { actionOf, consequencesOf, explains } from './actions.ts';
import { judge } from './judge.ts';

function report(step: string, ...checks: readonly Check[]): Report {
  return {
    schema_version: '1',
    run_id: 'r1',
    step,
    uses: step,
    mode: 'apply',
    status: 'fail',
    summary: '',
    started_at: '2026-03-01T12:00:00.000Z',
    ended_at: '2026-03-01T12:00:01.000Z',
    duration_ms: 1000,
    inputs: {},
    outputs: {},
    operations: [],
    checks: [...checks],
    stand_ins: [],
  };
}

function raised(
  id: string,
  code: ErrorCode,
  more: Partial<Failure> & { verdict?: 'warn' | 'fail' | 'unknown' } = {},
): Check {
  return notPassed({ id, summary: id }, more.verdict ?? 'fail', failure(code, `${id} is wrong`, more));
}

const verdictOf = (...checks: readonly Check[]) => judge('r1', [report('verify', ...checks)]);

describe('judge of autoheal', () => {
  it('must name no bucket where nothing is wrong', () => {
    expect(judge('r1', [])).toEqual({
      schema_version: '1',
      run_id: 'r1',
      primary: null,
      active_buckets: [],
      resolved_buckets: ['env', 'config', 'runtime', 'network', 'proof', 'deps'],
    });
  });

  it('must follow a service that is down to the port that another holds, and call the proof its consequence', () => {
    const { primary, active_buckets, resolved_buckets } = verdictOf(
      raised('L3.path', 'E_PROOF_PATH_DOWN', { verdict: 'unknown' }),
      raised('L1.loki', 'E_RUNTIME_SERVICE_UNHEALTHY'),
      raised('apply.converged', 'E_RUNTIME_PORT_CONFLICT'),
    );
    expect(primary).toBe('runtime');
    expect(resolved_buckets).toEqual(['env', 'config', 'network', 'deps']);
    expect(active_buckets).toMatchObject([
      {
        bucket: 'runtime',
        code: 'E_RUNTIME_PORT_CONFLICT',
        error_codes: ['E_RUNTIME_PORT_CONFLICT', 'E_RUNTIME_SERVICE_UNHEALTHY'],
        count: 2,
        recommended_action: expect.stringContaining('apply.converged is wrong'),
        example_patch: { merge: { ports: {} } },
        errors: [
          { check: 'apply.converged', consequences: ['L3.path', 'L1.loki'] },
          { check: 'L1.loki', explained_by: 'apply.converged', consequences: [] },
        ],
      },
      {
        bucket: 'proof',
        code: 'E_PROOF_PATH_DOWN',
        follows_from: { bucket: 'runtime', code: 'E_RUNTIME_PORT_CONFLICT' },
        recommended_action: 'Mend E_RUNTIME_PORT_CONFLICT first (apply.converged); this follows from it',
      },
    ]);
  });

  it('must not explain what is wrong with one service by what is wrong with another', () => {
    const { active_buckets } = verdictOf(
      raised('ports', 'E_RUNTIME_PORT_CONFLICT', { evidence: { service: 'alloy' } }),
      raised('L1.loki', 'E_RUNTIME_SERVICE_UNHEALTHY', { evidence: { service: 'loki' } }),
      raised('L1.alloy', 'E_RUNTIME_SERVICE_UNHEALTHY', { evidence: { service: 'alloy' } }),
    );
    const errors = active_buckets[0]?.errors ?? [];
    expect(errors.find((error) => error.check === 'L1.loki')).not.toHaveProperty('explained_by');
    expect(errors.find((error) => error.check === 'L1.alloy')).toMatchObject({ explained_by: 'ports' });
  });

  it('must put what failed before what only warns', () => {
    const { primary, active_buckets } = verdictOf(
      raised('sources', 'E_ENV_SOURCE_UNREADABLE', { verdict: 'warn' }),
      raised('labels', 'E_PROOF_LABEL_MISSING'),
    );
    expect(primary).toBe('proof');
    expect(active_buckets.map((bucket) => bucket.bucket)).toEqual(['proof', 'env']);
  });

  it('must give the patch of the check itself, where it has one, instead of the usual example', () => {
    const check = raised('config', 'E_CONFIG_INVALID_VALUE');
    const patch = { file: 'config/bootstrap.demo.json', merge: { ports: { loki: 14000 } } };
    const own = { ...check, error: { ...(check.error as NonNullable<Check['error']>), patch } };
    expect(verdictOf(own).active_buckets[0]?.example_patch).toEqual(patch);
  });

  it.each(Object.keys(taxonomy.errors) as ErrorCode[])('must name one action and one patch for %s', (code) => {
    const [bucket, ...others] = verdictOf(raised('x', code), raised('y', code)).active_buckets;
    expect(others).toEqual([]);
    expect(bucket).toMatchObject({ bucket: taxonomy.errors[code].bucket, code, error_codes: [code], count: 2 });
    expect(bucket?.recommended_action).toBe(`${actionOf[code].action}: x is wrong`);
    expect(Object.keys(bucket?.example_patch ?? {}).length).toBeGreaterThan(0);
  });
});

describe('the order of causes', () => {
  it('must name codes of the taxonomy only', () => {
    const named = Object.entries(explains).flatMap(([cause, effects]) => [cause, ...effects]);
    expect(named.filter((code) => !(code in taxonomy.errors))).toEqual([]);
  });

  it('must have no circle', () => {
    const circles = (Object.keys(explains) as ErrorCode[]).filter((code) => consequencesOf(code).has(code));
    expect(circles).toEqual([]);
  });

  it('must follow a cause through others', () => {
    expect([...consequencesOf('E_RUNTIME_PORT_CONFLICT')]).toContain('E_PROOF_PATH_DOWN');
  });
});
