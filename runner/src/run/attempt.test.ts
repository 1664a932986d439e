import {
  createScrubber,
  err,
  failure,
  notPassed,
  ok,
  outcome,
  type Result,
  type RunEvent,
  type StepContext,
  type StepOutcome,
} from '@plumbline/contracts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { demoEnvironment } from '../../../tests/support/environment.ts';
import { manifest } from '../../../tests/support/manifest.ts';
import { fakeClock, fakePorts } from '../../../tests/support/ports.ts';
import type { GraphNode } from '../graph/graph-types.ts';
import { attempts } from './attempt.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

type Run = (context: StepContext, attempt: number) => Promise<Result<StepOutcome>>;

const good = ok(outcome('good'));
const bad = ok(
  outcome('bad', { checks: [notPassed({ id: 'a', summary: 'bad' }, 'fail', failure('E_RUNTIME_TIMEOUT', 'x'))] }),
);

/** Tries a step, its time limit one second; `stop` is what the run would tell it. */
function trial(run: Run, more: Partial<GraphNode> = {}) {
  const events: RunEvent[] = [];
  const clock = fakeClock();
  const stop = new AbortController();
  let tried = 0;
  const step = { manifest: manifest('s'), run: (context: StepContext) => run(context, ++tried) };
  const node = {
    id: 's',
    uses: 's',
    manifest: step.manifest,
    params: {},
    inputs: {},
    waitsFor: [],
    when: 'success',
    retries: 0,
    backoffS: 8,
    timeoutS: 1,
    ...more,
  } as const;
  const environment = demoEnvironment();
  const context = {
    runId: 'r',
    runDir: '/r',
    environment,
    mode: 'apply' as const,
    dryRun: false,
    ports: fakePorts(),
    clock,
    scrubber: createScrubber(),
    processes: { run: async () => Promise.reject(new Error()), killAll: () => undefined },
    hostEnvironment: {},
    emit: (event: RunEvent) => void events.push(event),
  };
  const end = attempts({ step, node, inputs: {}, signal: stop.signal }, context);
  return { end, stop, events, clock };
}

const untilStopped = (context: StepContext) =>
  new Promise<void>((resolve) => context.signal.addEventListener('abort', () => resolve()));

describe('an attempt', () => {
  it('that ends in time must give what the step says', async () => {
    expect(await trial(async () => good).end).toEqual({ result: good, bug: false, abandoned: false, attempts: 1 });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that its limit stops must be a timeout, whatever the step says then', async () => {
    const says = [err(failure('E_ENV_INTERRUPTED', 'stopped')), good] as const;
    for (const said of says) {
      const { end } = trial(async (context) => {
        await untilStopped(context);
        return said;
      });
      await vi.advanceTimersByTimeAsync(1000);
      const { result } = await end;
      const found = result.ok ? result.value.checks[0]?.error : result.failure;
      expect(found).toMatchObject({ code: 'E_RUNTIME_TIMEOUT', message: 's did not end within 1 s' });
    }
  });

  it('that does not stop must be given up after its grace, and not be tried again', async () => {
    const { end, events } = trial(() => new Promise(() => undefined), { retries: 3 });
    await vi.advanceTimersByTimeAsync(11_000);
    expect(await end).toMatchObject({
      abandoned: true,
      attempts: 1,
      result: { failure: { code: 'E_RUNTIME_TIMEOUT', message: expect.stringContaining('did not stop within 10 s') } },
    });
    expect(events).toEqual([]);
  });

  it('that the run stops must say so, and why', async () => {
    for (const [reason, says] of [
      [undefined, 'when the run was interrupted'],
      ['b did not succeed', 's was stopped: b did not succeed'],
    ] as const) {
      const { end, stop } = trial(async (context) => {
        await untilStopped(context);
        return err(failure('E_ENV_INTERRUPTED', 'x'));
      });
      stop.abort(reason);
      expect((await end).result).toMatchObject({
        failure: { code: 'E_ENV_INTERRUPTED', message: expect.stringContaining(says) },
      });
    }
  });

  it('that throws, at once or later, must be a bug, and not be tried again', async () => {
    const throws: readonly Run[] = [
      () => {
        throw new Error('at once');
      },
      async () => {
        throw new Error('later');
      },
    ];
    for (const run of throws) {
      const { end, events } = trial(run, { retries: 3 });
      expect(await end).toMatchObject({
        bug: true,
        attempts: 1,
        result: { failure: { code: 'E_RUNTIME_UNEXPECTED' } },
      });
      expect(events).toMatchObject([{ type: 'failure', detail: expect.stringContaining('Error: ') }]);
    }
  });
});

describe('attempts', () => {
  it('must pause twice as long before each one, a minute at most, until one succeeds', async () => {
    const { end, clock, events } = trial(async (_, n) => (n < 6 ? bad : good), { retries: 9 });
    expect(await end).toMatchObject({ attempts: 6, result: { value: { summary: 'good' } } });
    expect(clock.sleeps).toEqual([8000, 16_000, 32_000, 60_000, 60_000]);
    expect(events[0]).toMatchObject({ event: { type: 'waiting', text: 'attempt 2 of 10' } });
  });

  it('must end with the last one where none succeeds, and with the first where none is allowed', async () => {
    expect(await trial(async () => bad, { retries: 2 }).end).toMatchObject({ attempts: 3, result: bad });
    expect(await trial(async () => bad).end).toMatchObject({ attempts: 1, result: bad });
  });

  it('must not go on once the run is stopped', async () => {
    const { end, stop } = trial(async () => bad, { retries: 9 });
    stop.abort();
    expect(await end).toMatchObject({ attempts: 1 });
  });
});
