import { failure, type HttpAnswer, type Ports, type Result } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { demoEnvironment } from '../../../../tests/support/environment.ts';
import { memoryFiles } from '../../../../tests/support/files.ts';
import { component, masked, probeLabels, type Stored, streams } from '../../../../tests/support/ingestion.ts';
import { endpoint, fakeClock, fakeHealth, fakeHttp, fakePorts } from '../../../../tests/support/ports.ts';
import { judgeIngestion } from './judge.ts';
import { type Ingestion, observeIngestion } from './observe.ts';

const config = demoEnvironment({ limits: { proof_timeout_s: 10 } });
const file = `${config.paths.deploy_root}/probe/probe.log`;
const refused: Result<HttpAnswer> = { ok: false, failure: failure('E_NETWORK_UNREACHABLE', 'connection refused') };

interface Asked {
  readonly n: number;
  readonly startNs: bigint;
  readonly endNs: bigint;
}

type Answer = string | Result<HttpAnswer>;

/** A store that answers each query of the proof from a function; `lines` is what was written so far, masked. */
function rig(answer: (asked: Asked, lines: readonly string[]) => Answer | readonly Stored[], clock = fakeClock()) {
  const files = memoryFiles();
  const controller = new AbortController();
  const queries: Asked[] = [];
  const http = fakeHttp((text) => {
    const url = new URL(text);
    if (url.pathname.startsWith('/collector_component')) return component([]);
    if (url.pathname !== '/query_range') return 'loki_write_sent_entries_total 1\n';
    const number = (name: string) => BigInt(url.searchParams.get(name) as string);
    if (!url.searchParams.get('query')?.includes('plumb-')) return streams([]);
    const asked = { n: queries.length + 1, startNs: number('start'), endNs: number('end') };
    queries.push(asked);
    const said = answer(asked, masked(files.text(file)).trimEnd().split('\n'));
    return Array.isArray(said) ? streams(said as readonly Stored[]) : (said as Answer);
  });
  const health = fakeHealth([endpoint('loki-ready', 'loki'), endpoint('alloy-ready', 'alloy')]);
  const ports = fakePorts({ files, http, clock, health });
  const observe = (given: Partial<Ports> = {}, mode: 'apply' | 'diagnose' = 'apply') =>
    observeIngestion({ config, mode, ports: { ...ports, ...given }, signal: controller.signal, emit: () => undefined });
  return { files, clock, controller, http, queries, observe };
}

async function seen(promise: Promise<Result<Ingestion>>): Promise<NonNullable<Ingestion['proof']>> {
  const result = await promise;
  if (!result.ok || result.value.proof === undefined) throw new Error('there is no proof');
  return result.value.proof;
}

const found = (lines: readonly string[], ts: bigint): readonly Stored[] =>
  lines.map((line) => ({ labels: probeLabels, ts: String(ts), line }));

describe('observeIngestion', () => {
  it('must write nothing in diagnose, and still look at what is there', async () => {
    const { files, queries, observe } = rig(() => []);
    const looked = await observe({}, 'diagnose');
    if (!looked.ok) throw new Error(looked.failure.message);
    expect(looked.value.proof).toBeUndefined();
    expect(Object.keys(looked.value.samples)).toEqual(config.bootstrap.sources.map((source) => source.name));
    expect(looked.value.collector).toBeDefined();
    expect(files.content.has(file)).toBe(false);
    expect(queries).toEqual([]);
    const [arrival] = judgeIngestion(looked.value, config);
    expect(arrival).toMatchObject({ id: 'L3.arrival', verdict: 'skipped' });
  });

  it('must write the marked lines once and end as soon as all of them are there', async () => {
    const { files, clock, observe } = rig(({ endNs }, lines) => found(lines, endNs));
    const proof = await seen(observe());
    expect(files.text(file)).toBe(proof.marker.lines.map((line) => `${line.text}\n`).join(''));
    expect(proof).toMatchObject({ timedOut: false, file, limitS: 10 });
    expect(proof.attempts).toHaveLength(1);
    expect(proof.found).toHaveLength(proof.marker.lines.length);
    expect(clock.sleeps).toEqual([]);
  });

  it('must look at a window whose end moves and whose start stays, so that a late line is found', async () => {
    // The line's time is the moment at which it arrives: a window that was fixed at the start would never hold it.
    const clock = fakeClock();
    const arrives = BigInt(clock.nowNs()) + 3_000_000_000n;
    const { queries, observe } = rig(({ endNs }, lines) => (endNs > arrives ? found(lines, arrives) : []), clock);
    const proof = await seen(observe());
    expect(proof.timedOut).toBe(false);
    expect(proof.attempts.length).toBeGreaterThan(2);
    expect(queries.every((asked, n) => n === 0 || asked.endNs > (queries[n - 1] as Asked).endNs)).toBe(true);
    expect(new Set(queries.map((asked) => asked.startNs)).size).toBe(1);
    expect(proof.attempts.map((attempt) => attempt.end_ns)).toEqual(queries.map((asked) => String(asked.endNs)));
  });

  it('must go on until the last of the lines is there', async () => {
    const { observe } = rig(({ n, endNs }, lines) => found(lines.slice(0, n), endNs));
    const proof = await seen(observe());
    expect(proof.attempts.map((attempt) => attempt.result_count)).toEqual([1, 2, 3, 4, 5]);
  });

  it('must end when its time is over, with every attempt on record', async () => {
    const { clock, observe } = rig(() => []);
    const started = clock.now();
    const proof = await seen(observe());
    expect(proof.timedOut).toBe(true);
    expect(proof.attempts.map((attempt) => attempt.attempt)).toEqual(proof.attempts.map((_, n) => n + 1));
    expect(proof.attempts.map((attempt) => attempt.wall_clock_s)).toEqual([
      0, 0.25, 0.75, 1.75, 3.75, 5.75, 7.75, 9.75,
    ]);
    expect(clock.now() - started).toBeLessThanOrEqual(10_000);
  });

  it('must end when its clock stands still', async () => {
    const { queries, observe } = rig(() => [], fakeClock({ frozen: true }));
    const proof = await seen(observe());
    expect(proof.timedOut).toBe(true);
    expect(queries).toHaveLength(8);
  });

  it('must end when its clock is set back again and again', async () => {
    const clock = fakeClock();
    const { queries, observe } = rig(() => {
      clock.advance(-5_000);
      return [];
    }, clock);
    expect((await seen(observe())).timedOut).toBe(true);
    expect(queries.length).toBeLessThan(10);
  });

  it('must count the time that a slow store takes', async () => {
    const clock = fakeClock();
    const { observe } = rig(({ n, endNs }, lines) => {
      clock.advance(6_000);
      return n < 3 ? [] : found(lines, endNs);
    }, clock);
    const proof = await seen(observe());
    expect(proof.timedOut).toBe(true);
    expect(proof.attempts.map((attempt) => attempt.wall_clock_s)).toEqual([6, 12.25]);
  });

  it('must outlive a store that is down for a while, and keep that on record', async () => {
    const { observe } = rig(({ n, endNs }, lines) => (n === 2 || n === 3 ? refused : n < 5 ? [] : found(lines, endNs)));
    const proof = await seen(observe());
    expect(proof.timedOut).toBe(false);
    expect(proof.attempts.map((attempt) => attempt.problem)).toEqual([
      undefined,
      'connection refused',
      'connection refused',
      undefined,
      undefined,
    ]);
  });

  it('must keep what it found before the store went down, and not take it for all', async () => {
    const { observe } = rig(({ n, endNs }, lines) => (n === 1 ? found(lines.slice(1), endNs) : refused));
    const proof = await seen(observe());
    expect(proof.timedOut).toBe(true);
    expect(proof.found).toHaveLength(4);
    expect(proof.attempts.at(-1)?.problem).toBe('connection refused');
  });

  it('must not take an answer that only looks like the lines for the lines', async () => {
    const { observe } = rig((_, lines) => `{"status":"success","data":${JSON.stringify(lines)}}`);
    const proof = await seen(observe());
    expect(proof).toMatchObject({ timedOut: true, found: [] });
    expect(proof.attempts.every((attempt) => attempt.problem !== undefined)).toBe(true);
  });

  it('must ask no more once it is told to stop', async () => {
    const { controller, queries, clock, observe } = rig(({ n }) => {
      if (n === 2) controller.abort();
      return [];
    });
    expect((await seen(observe())).timedOut).toBe(true);
    expect(queries).toHaveLength(2);
    expect(clock.sleeps).toEqual([250]);
  });

  it('must write nothing where the path is down', async () => {
    const { files, queries, observe } = rig(() => []);
    const health = fakeHealth([endpoint('loki-ready', 'loki'), endpoint('alloy-ready', 'alloy')], ({ service }) =>
      service === 'loki' ? 'answered 503' : undefined,
    );
    const result = await observe({ health });
    expect(result).toMatchObject({ ok: true, value: { samples: {} } });
    expect(result.ok && result.value.proof).toBeUndefined();
    expect(files.content.size + queries.length).toBe(0);
  });

  it('must say that its own file could not be written', async () => {
    const { files, observe } = rig(() => []);
    files.failing.add(`append ${file}`);
    expect(await observe()).toMatchObject({ ok: false, failure: { code: 'E_ENV_UNWRITABLE' } });
  });
});
