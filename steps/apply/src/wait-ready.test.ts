import { ok, type Ports } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { demoEnvironment } from '../../../tests/support/environment.ts';
import { endpoint, fakeClock, fakeEngine, fakeHealth, fakePorts, running } from '../../../tests/support/ports.ts';
import { waitReady } from './wait-ready.ts';

const ready = endpoint('loki-ready', 'loki', { retries: 4, backoff_ms: 500 });
const others = [endpoint('loki-answers', 'loki', { ready: false }), endpoint('alloy-ready', 'alloy')];

function rig(holdsAt: number, given: Partial<Ports> = {}) {
  const health = fakeHealth([ready, ...others], (_, asked) => (asked >= holdsAt ? undefined : `try ${asked} says no`));
  const clock = fakeClock();
  const controller = new AbortController();
  const told: string[] = [];
  const ports = fakePorts({ health, clock, engine: fakeEngine([running('loki')]), ...given });
  const wait = (restarts?: number) =>
    waitReady(
      'loki',
      {
        config: demoEnvironment(),
        ports,
        signal: controller.signal,
        journal: async () => ok(undefined),
        emit: (event) => told.push(event.text),
      },
      restarts,
    );
  return { health, clock, controller, told, wait };
}

describe('waitReady', () => {
  it('must ask again, after the pause of the contract, until the service is ready, and ask for nothing else', async () => {
    const { health, clock, told, wait } = rig(3);
    expect(await wait()).toEqual({ ok: true, value: undefined });
    expect(health.asked).toEqual(['loki-ready', 'loki-ready', 'loki-ready']);
    expect(clock.sleeps).toEqual([500, 500]);
    expect(told).toEqual(['loki to be ready (loki-ready)']);
  });

  it('must give up when the tries of the contract are used up, with what was said last', async () => {
    const { health, wait } = rig(99);
    expect(await wait()).toMatchObject({
      ok: false,
      failure: {
        code: 'E_RUNTIME_SERVICE_UNHEALTHY',
        message: 'loki is not ready: try 5 says no',
        evidence: { endpoint: 'loki-ready', url: 'http://loki/ready', last: { problem: 'try 5 says no' } },
      },
    });
    expect(health.asked).toHaveLength(5);
  });

  it('must take the last try of the contract', async () => {
    expect((await rig(5).wait()).ok).toBe(true);
    expect((await rig(6).wait()).ok).toBe(false);
  });

  it('must wait for one that had ended before, and not for one that ends again', async () => {
    const engine = fakeEngine([running('loki', { restarts: 2, lastExit: '1' })]);
    expect((await rig(3, { engine }).wait(2)).ok).toBe(true);
    expect(await rig(3, { engine }).wait(1)).toMatchObject({ failure: { code: 'E_RUNTIME_SERVICE_FAILED' } });
  });

  it.each([
    { state: 'exited', lastExit: '1' },
    { restarts: 1, lastExit: '1' },
  ] as const)('must not wait for a service that ended by itself, and pass on its last words: %j', async (ended) => {
    const engine = fakeEngine([running('loki', ended), running('alloy')]);
    engine.said.set('loki', ['one', 'two', 'three', 'four', 'five', 'bad config']);
    const { health, wait } = rig(99, { engine });
    expect(await wait()).toMatchObject({
      ok: false,
      failure: {
        code: 'E_RUNTIME_SERVICE_FAILED',
        message: 'loki ended with 1: bad config',
        place: { file: '/deploy/logs/loki.log' },
        evidence: { log: ['two', 'three', 'four', 'five', 'bad config'] },
      },
    });
    expect(health.asked).toHaveLength(1);
  });

  it('must say of a service without a log that it said nothing', async () => {
    const { wait } = rig(99, { engine: fakeEngine([running('loki', { state: 'exited', lastExit: 'SIGKILL' })]) });
    expect(await wait()).toMatchObject({ failure: { message: 'loki ended with SIGKILL: it said nothing' } });
  });

  it('must not mind that another service ended', async () => {
    const engine = fakeEngine([running('loki'), running('alloy', { state: 'exited' })]);
    expect((await rig(3, { engine }).wait()).ok).toBe(true);
  });

  it('must stop waiting when it is told to', async () => {
    const { controller, health, wait } = rig(99);
    controller.abort();
    expect(await wait()).toMatchObject({ ok: false, failure: { code: 'E_ENV_INTERRUPTED' } });
    expect(health.asked).toEqual([]);
  });
});
