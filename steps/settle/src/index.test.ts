import type { Endpoint, Provenance, RunningService, StepContext } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { artifactInput, makeArtifact } from '../../../tests/support/artifact.ts';
import { demoEnvironment } from '../../../tests/support/environment.ts';
import { endpoint, fakeClock, fakeEngine, fakeHealth, fakePorts, running } from '../../../tests/support/ports.ts';
import { settle } from './index.ts';

const [loki, alloy] = [running('loki'), running('alloy')];
const provenance = {
  services: Object.fromEntries(
    [loki, alloy].map(({ service, instance, startedAt }) => [service, { instance, started_at: startedAt }]),
  ),
} as unknown as Provenance;
const endpoints = [
  endpoint('loki-ready', 'loki'),
  endpoint('loki-build', 'loki', { ready: false }),
  endpoint('grafana-ready', 'grafana'),
];

interface Seen {
  /** What runs, by the look. */
  readonly now?: (look: number) => readonly RunningService[];
  readonly problem?: (endpoint: Endpoint, asked: number) => string | undefined;
  readonly hold_s?: number;
  /** Ctrl-C while the services are asked. */
  readonly interrupted?: boolean;
}

async function settled({ now = () => [loki, alloy], problem, hold_s = 0, interrupted = false }: Seen = {}) {
  const engine = fakeEngine();
  let looks = 0;
  // Each look asks twice: before it asks the services, and after.
  engine.observe = async () => {
    looks += 0.5;
    return { ok: true, value: now(Math.ceil(looks)) };
  };
  const stop = new AbortController();
  const health = fakeHealth(endpoints, (...about) => {
    if (interrupted) stop.abort();
    return problem?.(...about);
  });
  const clock = fakeClock();
  const began = clock.now();
  const said = await settle.run({
    config: demoEnvironment(),
    inputs: {
      artifact: artifactInput(makeArtifact()),
      provenance: { data: provenance, path: '/p', origin: '', sha256: '' },
    },
    params: { hold_s },
    ports: fakePorts({ engine, health, clock }),
    signal: stop.signal,
    emit: () => undefined,
  } as unknown as StepContext);
  const checks = said.ok ? said.value.checks.map(({ id, verdict, error }) => [id, verdict, error?.code].join(' ')) : [];
  return { said, checks: checks.map((text) => text.trim()), looks, asked: health.asked, tookMs: clock.now() - began };
}

describe('settle', () => {
  it('must pass where every service runs as it was deployed and answers, after one look', async () => {
    const { checks, looks, asked } = await settled();
    expect(checks).toEqual(['settle.loki pass', 'settle.alloy pass']);
    expect([looks, asked]).toEqual([1, ['loki-ready']]);
  });

  it.each([
    ['was started again, as a process', { ...loki, instance: 'another' }, 'E_RUNTIME_SERVICE_RESTARTED'],
    ['was started again, as a container', { ...loki, restarts: 1 }, 'E_RUNTIME_SERVICE_RESTARTED'],
    [
      'was started again with its daemon',
      { ...loki, startedAt: '2026-03-01T12:00:05.000Z' },
      'E_RUNTIME_SERVICE_RESTARTED',
    ],
    ['ended', { ...loki, state: 'exited' as const, lastExit: '137' }, 'E_RUNTIME_SERVICE_FAILED'],
    ['is gone', running('grafana'), 'E_RUNTIME_SERVICE_FAILED'],
  ])('must fail for a service that %s since it was deployed', async (_, now, code) => {
    const { checks } = await settled({ now: () => [now, alloy] });
    expect(checks).toEqual([`settle.loki fail ${code}`, 'settle.alloy pass']);
  });

  it('must fail for a service that runs and no longer answers', async () => {
    const { checks, said } = await settled({ problem: () => 'it answers 503' });
    expect(checks).toEqual(['settle.loki fail E_RUNTIME_SERVICE_UNHEALTHY', 'settle.alloy pass']);
    expect(said).toMatchObject({ value: { summary: 'loki no longer answers as it did: it answers 503' } });
  });

  it('must look every second for as long as it is told, and no longer than a service stands', async () => {
    expect(await settled({ hold_s: 3 })).toMatchObject({ looks: 4, tookMs: 3000 });
    const fell = (look: number) => (look < 3 ? [loki, alloy] : [alloy]);
    const { checks, looks } = await settled({ hold_s: 60, now: fell });
    // Whoever has ended is not asked.
    expect([looks, checks[0]]).toEqual([2.5, 'settle.loki fail E_RUNTIME_SERVICE_FAILED']);
  });

  it('must fail for a service that ends while it is asked', async () => {
    let asked = 0;
    const now = () => (asked === 0 ? [loki, alloy] : [alloy]);
    const problem = () => {
      asked += 1;
      return undefined;
    };
    expect((await settled({ now, problem })).checks[0]).toBe('settle.loki fail E_RUNTIME_SERVICE_FAILED');
  });

  it('must judge nothing once it is interrupted, whatever it saw', async () => {
    for (const problem of [() => undefined, () => 'aborted'])
      expect((await settled({ problem, interrupted: true })).said).toMatchObject({
        failure: { code: 'E_ENV_INTERRUPTED' },
      });
  });

  it('must not call settled what it could not look at', async () => {
    const engine = fakeEngine();
    engine.failing.add('observe');
    const context = {
      config: demoEnvironment(),
      inputs: {
        artifact: artifactInput(makeArtifact()),
        provenance: { data: provenance, path: '/p', origin: '', sha256: '' },
      },
      params: { hold_s: 0 },
      ports: fakePorts({ engine }),
      signal: new AbortController().signal,
      emit: () => undefined,
    };
    expect(await settle.run(context as unknown as StepContext)).toMatchObject({ ok: false });
  });
});
