import { createScrubber, failure, notPassed, ok, outcome, type Pipeline, type Step } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { demoEnvironment } from '../../../tests/support/environment.ts';
import { memoryFiles } from '../../../tests/support/files.ts';
import { manifest } from '../../../tests/support/manifest.ts';
import { fakeClock, fakePorts } from '../../../tests/support/ports.ts';
import { buildGraph } from '../graph/graph.ts';
import { runPipeline } from './run-pipeline.ts';

const artifact = { schema_version: '1' };

/** A step that yields a few times, so that others overtake it, and then ends as its params say. */
function step(name: string, verdict: 'pass' | 'fail'): Step {
  return {
    manifest: manifest(name, {}, { params: { n: { type: 'integer', default: 0, purpose: 'x' } } }),
    async run({ params }) {
      for (let n = 0; n < Number(params.n); n += 1) await new Promise((resolve) => setImmediate(resolve));
      const parts = { id: `${name}.check`, summary: `${name} ${params.n}` };
      const check =
        verdict === 'pass'
          ? { ...parts, verdict, required: true, evidence: { artifact } }
          : notPassed(parts, 'fail', failure('E_RUNTIME_STEP_FAILED', `${name} failed`));
      return ok(outcome(parts.summary, { checks: [check] }));
    },
  };
}

const steps = { good: step('good', 'pass'), bad: step('bad', 'fail') };
const pipeline = {
  schema_version: '1',
  name: 'shuffled',
  description: 'x',
  on_failure: 'continue',
  steps: [
    { id: 'a', uses: 'good', with: { n: 3 } },
    { id: 'b', uses: 'good' },
    { id: 'c', uses: 'bad', after: ['a'] },
    { id: 'd', uses: 'good', after: ['c'] },
    { id: 'e', uses: 'good', after: ['b'], with: { n: 2 } },
    { id: 'cells', uses: 'good', after: ['e'], matrix: { n: [0, 1, 2, 3] } },
    { id: 'f', uses: 'good', after: ['cells', 'a'] },
    { id: 'undo', uses: 'good', after: ['d'], when: 'failure' },
    { id: 'last', uses: 'good', after: ['undo', 'f'], when: 'always' },
    { id: 'x', uses: 'good' },
    { id: 'y', uses: 'good', after: ['x'] },
  ],
} as unknown as Pipeline;

/** The reports and the summary of one run, and the order in which its steps began. */
async function run(seed: number | undefined, concurrency: number) {
  const graph = buildGraph(
    pipeline,
    Object.fromEntries(Object.entries(steps).map(([name, { manifest: own }]) => [name, own])),
    () => ({}),
  );
  if (!graph.ok) throw new Error(graph.failure.message);
  const files = memoryFiles();
  const clock = fakeClock({ frozen: true });
  const environment = demoEnvironment();
  const began: string[] = [];
  const ended = await runPipeline(
    {
      runId: 'r1',
      graph: graph.value,
      steps,
      loaded: { environment, configSha256: '0'.repeat(64) } as never,
      mode: 'apply',
      dryRun: false,
      given: {},
      fromRun: undefined,
      concurrency,
      ...(seed === undefined ? {} : { shuffleSeed: seed }),
      signal: new AbortController().signal,
      endedBy: () => undefined,
      about: { plumbline: { version: '0', build: '0' }, node: 'v20', user: 'x' },
      emit: (event) => void (event.type === 'step_started' && began.push(event.step)),
      next: () => [],
    },
    {
      ports: fakePorts({ files, clock }),
      files,
      clock,
      scrubber: createScrubber(),
      processes: { run: () => Promise.reject(new Error('no process was asked for')), killAll: () => undefined },
      hostEnvironment: {},
      lock: () => ok({ release: () => undefined }),
      isFree: () => true,
    },
  );
  if (!ended.ok) throw new Error(ended.failure.message);
  const folder = `${environment.paths.output_dir}/runs/r1`;
  const list = await files.list(folder);
  const reports: Record<string, string> = {};
  for (const name of list.ok ? list.value : []) {
    if (!name.endsWith('.report.json')) continue;
    const text = await files.readText(`${folder}/${name}`);
    reports[name] = text.ok ? text.value : '';
  }
  return { reports, summary: ended.value, began: began.join(' ') };
}

describe('the order in which ready steps start', () => {
  it('must not change what a run reports, over 200 seeds', async () => {
    const first = await run(undefined, 2);
    expect(Object.keys(first.reports)).toHaveLength(14);
    expect(first.summary.steps.find(({ id }) => id === 'd')).toMatchObject({
      status: 'skipped',
      summary: 'c did not succeed',
    });
    const orders = new Set<string>();
    for (let seed = 1; seed <= 200; seed += 1) {
      const { began, ...same } = await run(seed, 1 + (seed % 4));
      orders.add(began);
      expect(same).toEqual({ reports: first.reports, summary: first.summary });
    }
    // The shuffle does shuffle, and a seed always gives the same order.
    expect(orders.size).toBeGreaterThan(50);
    expect((await run(7, 1)).began).toBe((await run(7, 1)).began);
    expect((await run(7, 1)).began).not.toBe((await run(8, 1)).began);
  });
});
