import { type EndpointHealth, err, failure, ok, type RunningService } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { endpoint, fakeEngine, fakeHealth, running } from '../../../../tests/support/ports.ts';
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
    expect(judgeHealth({ endpoints: [healthy] })).toMatchObject([
      { id: 'L1.loki-ready', verdict: 'pass', required: true, evidence: { url: healthy.url, attempts: [attempt] } },
    ]);
  });

  it('must fail one that does not, and say why', () => {
    expect(judgeHealth({ endpoints: [unhealthy] })).toMatchObject([
      {
        verdict: 'fail',
        summary: 'loki does not hold /ready: answered 503',
        error: { code: 'E_RUNTIME_SERVICE_UNHEALTHY' },
      },
    ]);
  });

  it('must not know of one that was never asked', () => {
    const { failure: _, ...unasked } = { ...unhealthy, attempts: [] };
    expect(judgeHealth({ endpoints: [unasked] })).toMatchObject([
      { verdict: 'unknown', summary: expect.stringContaining('not asked') },
    ]);
  });

  it('must require what the contract requires, and make a check for each endpoint', () => {
    const optional = { ...unhealthy, endpoint: endpoint('x', 'loki', { required: false }) };
    expect(judgeHealth({ endpoints: [healthy, optional] }).map((check) => check.required)).toEqual([true, false]);
    expect(judgeHealth({ endpoints: [] })).toEqual([]);
  });

  const said = (found: readonly RunningService[]) =>
    judgeHealth({ endpoints: [unhealthy], running: ok(found) }).map(({ summary, evidence }) => ({
      says: summary.replace('loki does not hold /ready: answered 503', ''),
      engine: evidence.engine,
    }))[0];

  it('must say of a service in back-off how often it ended, how, and when it is started next', () => {
    const nextStartAt = '2026-03-01T12:00:01.600Z';
    const backingOff = running('loki', { state: 'exited', restarts: 4, lastExit: 'SIGSEGV', nextStartAt });
    expect(said([running('alloy'), backingOff])).toEqual({
      says: '; it is in back-off after 5 ends, last: SIGSEGV, next start at 2026-03-01T12:00:01.600Z',
      engine: {
        state: 'exited',
        restarts: 4,
        last_exit: 'SIGSEGV',
        next_start_at: nextStartAt,
        log_file: backingOff.logFile,
      },
    });
    expect(said([running('loki', { state: 'exited', lastExit: '1', nextStartAt })])?.says).toContain('after 1 end,');
  });

  it.each([
    [
      'ended for good',
      [running('loki', { state: 'exited', lastExit: '0' })],
      '; it ended and is not started again, last: 0',
    ],
    ['runs again', [running('loki', { restarts: 2, lastExit: '1' })], '; it runs after 2 ends, last: 1'],
    ['does not run', [running('alloy')], '; it does not run'],
    ['runs as it did', [running('loki')], ''],
  ])('must say of a service that it %s', (_, found, says) => {
    expect(said(found)?.says).toBe(says);
  });

  it('must fail, and say so, where the engine cannot be asked', () => {
    const cannot = err(failure('E_RUNTIME_SUPERVISOR', 'it does not answer'));
    expect(judgeHealth({ endpoints: [healthy, unhealthy], running: cannot })).toMatchObject([
      { verdict: 'pass', evidence: expect.not.objectContaining({ engine: expect.anything() }) },
      { verdict: 'fail', evidence: { engine: { could_not_look: 'it does not answer' } } },
    ]);
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
    const seen = await observeHealth({ health, engine: fakeEngine() }, new AbortController().signal, 5);
    expect(seen.endpoints.map((found) => found.endpoint.id)).toEqual(['a', 'b']);
    expect(tries).toEqual({ a: 3, b: 5 });
  });

  it('must ask the engine where an endpoint does not hold, and only there', async () => {
    const engine = fakeEngine([running('loki')]);
    const observe = (problem?: string) => {
      const health = fakeHealth([endpoint('a', 'loki')], () => problem);
      return observeHealth({ health, engine }, new AbortController().signal, 1);
    };
    expect(await observe()).not.toHaveProperty('running');
    expect(await observe('answered 503')).toMatchObject({ running: ok([{ service: 'loki' }]) });
  });
});
