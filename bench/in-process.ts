// What needs no child process, timed inside one: `plan COUNT` derives a graph, `run COUNT FOLDER` runs one of steps
// that are functions. Prints milliseconds. `artifact COUNT FOLDER` writes an artifact of so many files to be hashed.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createScrubber, ok, outcome, type Pipeline, type Ports, type Step } from '@plumbline/contracts';
import { clock } from '../runner/src/adapters/clock.ts';
import { files } from '../runner/src/adapters/files.ts';
import { isFree, takeLock } from '../runner/src/adapters/lock.ts';
import { createProcesses } from '../runner/src/adapters/process.ts';
import { buildGraph } from '../runner/src/graph/graph.ts';
import { runPipeline } from '../runner/src/run/run-pipeline.ts';
import { writeArtifact } from './artifact.ts';

const WIDTH = 10;

const nothing: Step = {
  manifest: {
    schema_version: '1',
    name: 'nothing',
    purpose: 'do nothing',
    kind: 'probing',
    inputs: [],
    outputs: [],
    params: {},
    modes: ['apply'],
    effects: [],
    safety: 'safe',
    idempotency: 'full',
    tools: [],
    errors: [],
  },
  run: async () => ok(outcome('nothing was done')),
};

function pipelineOf(count: number): Pipeline {
  const steps = Array.from({ length: count }, (_, n) => ({
    id: `s${n}`,
    uses: 'nothing',
    after: n < WIDTH ? [] : [`s${n - WIDTH}`],
  }));
  return { schema_version: '1', name: 'bench', description: 'bench', steps: steps as unknown as Pipeline['steps'] };
}

function graphOf(count: number) {
  const graph = buildGraph(pipelineOf(count), { nothing: nothing.manifest }, () => ({}));
  if (!graph.ok) throw new Error(graph.failure.message);
  return graph.value;
}

async function run(count: number, root: string): Promise<void> {
  mkdirSync(root, { recursive: true });
  const environment = {
    name: 'bench',
    file: join(root, 'bench.json'),
    files: [join(root, 'bench.json')],
    origins: {},
    bootstrap: { engine: 'embedded' },
    paths: { repo_root: root, output_dir: join(root, 'out'), deploy_root: join(root, 'deploy') },
    stack: { name: 'bench' },
    secretsPolicy: { redaction: [], secrets: [] },
  };
  const ended = await runPipeline(
    {
      runId: `bench-${process.pid}-${Date.now()}`,
      graph: graphOf(count),
      steps: { nothing },
      loaded: { environment, health: {}, configSha256: '0'.repeat(64) } as never,
      mode: 'apply',
      dryRun: false,
      given: {},
      fromRun: undefined,
      concurrency: 2,
      signal: new AbortController().signal,
      endedBy: () => undefined,
      about: { plumbline: { version: '0.0.0', build: 'bench' }, node: process.version, user: 'bench' },
      emit: () => undefined,
      next: () => [],
    },
    {
      ports: { files, clock } as unknown as Ports,
      files,
      clock,
      scrubber: createScrubber(),
      processes: createProcesses(createScrubber()),
      hostEnvironment: {},
      lock: takeLock,
      isFree,
    },
  );
  if (!ended.ok || ended.value.exit_code !== 0) throw new Error(JSON.stringify(ended));
}

const [what, count = '0', folder = '.'] = process.argv.slice(2);
const since = performance.now();
if (what === 'plan') graphOf(Number(count));
else if (what === 'artifact') writeArtifact(folder, Number(count));
else await run(Number(count), folder);
process.stderr.write(`${performance.now() - since}\n`);
