import { createScrubber, ok, outcome, type Pipeline, passed, type RunEvent, type Step } from '@plumbline/contracts';
import { report as reportValidator, runRecord, summary as summaryValidator } from '@plumbline/contracts/validators';
import { describe, expect, it } from 'vitest';
import { appendRecord, readIndex } from '../runner/src/bundle/run-index.ts';
import { recordOf } from '../runner/src/bundle/summary.ts';
import { buildGraph } from '../runner/src/graph/graph.ts';
import { recordRefused } from '../runner/src/run/record-run.ts';
import { runPipeline } from '../runner/src/run/run-pipeline.ts';
import { waitReady } from '../steps/apply/src/wait-ready.ts';
import { lookUntil } from '../steps/verify/src/until.ts';
import { demoEnvironment } from './support/environment.ts';
import { memoryFiles } from './support/files.ts';
import { manifest } from './support/manifest.ts';
import { endpoint, fakeClock, fakeEngine, fakeHealth, fakePorts, NOON } from './support/ports.ts';
import { makeSummary } from './support/summary.ts';

const HOUR = 3_600_000;
const environment = demoEnvironment();
const out = environment.paths.output_dir;
const lock = () => ok({ release: () => undefined });

/** A clock that somebody sets, by so much, whenever it is slept on. */
function restless(by: number) {
  const clock = fakeClock();
  const { sleep } = clock;
  clock.sleep = async (ms, signal) => {
    await sleep(ms, signal);
    clock.advance(by);
  };
  return clock;
}

const pipeline = {
  schema_version: '1',
  name: 'set-back',
  description: 'x',
  steps: [
    { id: 'a', uses: 'work' },
    { id: 'cells', uses: 'work', after: ['a'], matrix: { n: [0, 1] } },
    { id: 'b', uses: 'work', after: ['cells'] },
  ],
} as unknown as Pipeline;

/** A run of which each step finds the clock set by so much while it works. */
async function run(by: number) {
  const files = memoryFiles();
  const clock = fakeClock();
  const work: Step = {
    manifest: manifest('work', {}, { params: { n: { type: 'integer', default: 0, purpose: 'x' } } }),
    async run() {
      clock.advance(by + 1_000);
      return ok(outcome('done', { checks: [passed({ id: 'work.done', summary: 'done' })] }));
    },
  };
  const graph = buildGraph(pipeline, { work: work.manifest }, () => ({}));
  if (!graph.ok) throw new Error(graph.failure.message);
  const events: RunEvent[] = [];
  const ended = await runPipeline(
    {
      runId: '2026-03-01T12-00-00Z_01',
      graph: graph.value,
      steps: { work },
      loaded: { environment, configSha256: '0'.repeat(64) } as never,
      mode: 'apply',
      dryRun: false,
      given: {},
      fromRun: undefined,
      concurrency: 1,
      signal: new AbortController().signal,
      endedBy: () => undefined,
      about: { plumbline: { version: '0', build: '0' }, node: 'v20', user: 'x' },
      emit: (event) => void events.push(event),
      next: () => [],
    },
    {
      ports: fakePorts({ files, clock }),
      files,
      clock,
      scrubber: createScrubber(),
      processes: { run: () => Promise.reject(new Error('no process was asked for')), killAll: () => undefined },
      hostEnvironment: {},
      lock,
      isFree: () => true,
    },
  );
  if (!ended.ok) throw new Error(ended.failure.message);
  const documents = [...files.content.keys()].filter((path) => path.endsWith('.report.json'));
  const reports = documents.map((path) => JSON.parse(files.text(path)));
  const index = await readIndex(out, files);
  if (!index.ok) throw new Error(index.failure.message);
  return { summary: ended.value, reports, index: index.value, events };
}

describe('a clock that is set while a run works', () => {
  it.each([
    ['goes on', 0, 4_000],
    ['is set back', -HOUR, 0],
    ['is set forward', HOUR, 4 * HOUR + 4_000],
  ])('and %s must leave its reports, its summary and its record whole', async (_, by, took) => {
    const { summary, reports, index, events } = await run(by);
    expect(summary).toMatchObject({ status: 'green', duration_ms: took });
    expect(summaryValidator(summary), JSON.stringify(summaryValidator.errors)).toBe(true);
    expect(reports).toHaveLength(5);
    for (const report of reports) {
      expect(reportValidator(report), JSON.stringify(reportValidator.errors)).toBe(true);
      expect(report.status).toBe('pass');
    }
    expect(index.problems).toEqual([]);
    expect(index.records).toMatchObject([{ status: 'green', duration_ms: took }]);
    for (const event of events) if ('duration_ms' in event) expect(event.duration_ms).toBeGreaterThanOrEqual(0);
  });
});

describe('a clock that was set back between two runs', () => {
  it('must leave the chain whole, and the last run be the last that was recorded', async () => {
    const files = memoryFiles();
    for (const [id, at] of [
      ['2026-03-01T12-00-00Z_02', NOON],
      ['2026-03-01T10-00-00Z_01', NOON - 2 * HOUR],
    ] as const) {
      const summary = makeSummary({ run_id: id, started_at: new Date(at).toISOString() });
      expect(
        await appendRecord(out, recordOf(summary, { user: 'ann', run_path: `runs/${id}` }), { files, lock }),
      ).toMatchObject({
        ok: true,
      });
    }
    const clock = fakeClock({ start: NOON - 3 * HOUR });
    const refused = { runId: '2026-03-01T09-00-00Z_00', pipeline: 'up', mode: 'apply', user: 'ann' } as const;
    const loaded = { environment } as never;
    const cause = { code: 'E_CONFIG_CYCLE', message: 'x' } as const;
    await recordRefused({ ...refused, loaded, startedAt: NOON }, cause, { files, clock, lock });
    const index = await readIndex(out, files);
    if (!index.ok) throw new Error(index.failure.message);
    expect(index.value.problems).toEqual([]);
    expect(index.value.records.map((record) => record.run_id.slice(-2))).toEqual(['02', '01', '00']);
    expect(index.value.records.at(-1)).toMatchObject({ status: 'refused', duration_ms: 0 });
    for (const record of index.value.records) expect(runRecord(record)).toBe(true);
  });
});

describe('a clock that is set back again and again', () => {
  it('must not make a wait endless', async () => {
    const clock = restless(-HOUR);
    const signal = new AbortController().signal;
    const options = { clock, signal, text: 'x', limitMs: 10_000, everyMs: 1_000, emit: () => undefined };
    const looked = await lookUntil(async () => 'no', { ...options, unfinished: () => true });
    expect(looked).toEqual({ seen: 'no', looks: 11 });
  });

  it('must not make the wait for a service endless', async () => {
    const health = fakeHealth([endpoint('loki-ready', 'loki', { retries: 5 })], () => 'not yet');
    const ports = fakePorts({ clock: restless(-HOUR), health, engine: fakeEngine() });
    const { signal } = new AbortController();
    const waited = await waitReady('loki', { ports, signal, emit: () => undefined } as never);
    expect(waited).toMatchObject({ ok: false, failure: { code: 'E_RUNTIME_SERVICE_UNHEALTHY' } });
    expect(health.asked).toHaveLength(6);
  });
});
