import type { EndpointHealth } from '@plumbline/contracts';
import { failure } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { endpoint, fakeHealth } from '../../../../tests/support/ports.ts';
import { judgeHealth } from './judge.ts';
import { observeHealth } from './observe.ts';

const attempt = { at: '2026-03-01T12:00:00.000Z', duration_ms: 1, problem: 'answered 503' };
const healthy: EndpointHealth = {
  endpoint: endpoint('loki-ready', 'loki'),
  url: 'http://loki/ready',
  healthy: true,
  attempts: [attempt],
};
const unhealthy = { ...healthy, healthy: false, failure: failure('E_NETWORK_BAD_ANSWER', 'answered 503') };

describe('judgeHealth', () => {
  it('must pass an endpoint that holds, with its attempts as evidence', () => {
    expect(judgeHealth([healthy])).toMatchObject([
      { id: 'L1.loki-ready', verdict: 'pass', required: true, evidence: { url: healthy.url, attempts: [attempt] } },
    ]);
  });

  it('must fail one that does not, and say why', () => {
    expect(judgeHealth([unhealthy])).toMatchObject([
      {
        verdict: 'fail',
        summary: 'loki does not hold /ready: answered 503',
        error: { code: 'E_RUNTIME_SERVICE_UNHEALTHY' },
      },
    ]);
  });

  it('must not know of one that was never asked', () => {
    const { failure: _, ...unasked } = { ...unhealthy, attempts: [] };
    expect(judgeHealth([unasked])).toMatchObject([
      { verdict: 'unknown', summary: expect.stringContaining('not asked') },
    ]);
  });

  it('must require what the contract requires, and make a check for each endpoint', () => {
    const optional = { ...unhealthy, endpoint: endpoint('x', 'loki', { required: false }) };
    expect(judgeHealth([healthy, optional]).map((check) => check.required)).toEqual([true, false]);
    expect(judgeHealth([])).toEqual([]);
  });
});

describe('observeHealth', () => {
  it('must ask each endpoint, no more often than it is told and the contract allows', async () => {
    const tries: Record<string, number | undefined> = {};
    const health = fakeHealth([endpoint('a', 'loki', { retries: 2 }), endpoint('b', 'alloy', { retries: 60 })]);
    const check = health.check.bind(health);
    health.check = (wanted, options) => {
      tries[wanted.id] = options.tries;
      return check(wanted, options);
    };
    const seen = await observeHealth(health, new AbortController().signal, 5);
    expect(seen.map((found) => found.endpoint.id)).toEqual(['a', 'b']);
    expect(tries).toEqual({ a: 3, b: 5 });
  });
});
