import {
  bucketOf,
  type ClockPort,
  contractPath,
  err,
  type Failure,
  type FilesPort,
  failure,
  failureExit,
  type Input,
  type Mode,
  ok,
  type Ports,
  type Result,
  type RunEvent,
  type RunMeta,
  type RunStatus,
  type Scrubber,
  type Step,
  type Summary,
} from '@plumbline/contracts';
import { createEventLog } from '../bundle/event-log.ts';
import { recordMissing } from '../bundle/missing-records.ts';
import { appendRecord, type TakeLock } from '../bundle/run-index.ts';
import { buildSummary, recordOf, type StepEnd } from '../bundle/summary.ts';
import { summaryText } from '../bundle/summary-text.ts';
import type { LoadedEnvironment } from '../environment/load.ts';
import type { Graph, GraphNode } from '../graph/graph.ts';
import { schedule } from '../schedule/schedule.ts';
import { readInput, resolveInput, type Sources } from './resolve-input.ts';
import { type RunContext, runStep, succeeded } from './run-step.ts';

/** One run as it was asked for. */
export interface RunRequest {
  readonly runId: string;
  readonly graph: Graph;
  readonly steps: Readonly<Record<string, Step>>;
  readonly loaded: LoadedEnvironment;
  readonly mode: Mode;
  readonly dryRun: boolean;
  readonly given: Readonly<Record<string, string>>;
  readonly fromRun: string | undefined;
  readonly concurrency: number;
  readonly signal: AbortSignal;
  /** Which signal ended the run, once one has. */
  endedBy(): 'SIGINT' | 'SIGTERM' | undefined;
  readonly about: Pick<RunMeta, 'plumbline' | 'node' | 'user'>;
  emit(event: RunEvent): void;
  next(status: RunStatus): readonly string[];
}

/** What the run reaches the world through. */
export interface RunWorld {
  readonly ports: Ports;
  readonly files: FilesPort;
  readonly clock: ClockPort;
  readonly scrubber: Scrubber;
  readonly lock: TakeLock;
  isFree(path: string): boolean;
}

/**
 * One run, from its lock to its line in the index: lock, bundle, steps, summary, record, unlock. A run that cannot have
 * its lock is recorded as busy and ends with that failure; so does one that has no place for its evidence.
 */
export async function runPipeline(request: RunRequest, world: RunWorld): Promise<Result<Summary>> {
  const { files, clock } = world;
  const { output_dir, deploy_root } = request.loaded.environment.paths;
  const startedAt = clock.now();
  const runDir = contractPath('output', 'run', output_dir, { run_id: request.runId });
  const place = await files.makeDirectory(runDir);
  if (!place.ok) return place;
  const alive = world.lock(contractPath('run', 'lock', runDir), request.runId, 0);
  if (!alive.ok) return alive;
  const lock = changes(request) ? await deployLock(deploy_root, request, world) : ok({ release: () => undefined });
  if (!lock.ok) {
    await files.remove(runDir);
    await recordRefused(request, lock.failure, startedAt, world);
    return lock;
  }
  try {
    const caughtUp = await recordMissing(output_dir, request.runId, world);
    if (!caughtUp.ok) return caughtUp;
    return await runLocked(request, runDir, startedAt, world);
  } finally {
    lock.value.release();
    alive.value.release();
  }
}

/** Probing runs take no lock; a dry run changes nothing either. */
function changes({ graph, dryRun }: RunRequest): boolean {
  return !dryRun && graph.nodes.some((node) => node.manifest.kind === 'changing' && node.manifest.effects.length > 0);
}

async function deployLock(deployRoot: string, request: RunRequest, { files, lock, clock }: RunWorld) {
  const there = await files.makeDirectory(deployRoot);
  if (!there.ok) return there;
  const holder = `run ${request.runId} (${request.graph.pipeline}, process ${process.pid}, since ${new Date(clock.now()).toISOString()})`;
  return lock(contractPath('deploy', 'lock', deployRoot), holder, 0);
}

async function runLocked(
  request: RunRequest,
  runDir: string,
  startedAt: number,
  world: RunWorld,
): Promise<Result<Summary>> {
  const { files, clock, scrubber } = world;
  const { environment } = request.loaded;
  const meta = await files.write(contractPath('run', 'meta', runDir), json(metaOf(request, startedAt)));
  if (!meta.ok) return meta;
  const log = createEventLog(runDir, files, clock, scrubber);
  const emit = (event: RunEvent) => {
    const clean = scrubber.value(event);
    log.emit(clean);
    request.emit(clean);
  };
  const head = {
    run_id: request.runId,
    pipeline: request.graph.pipeline,
    environment: environment.name,
    engine: environment.bootstrap.engine,
    mode: request.mode,
  };
  emit({
    type: 'run_started',
    run_id: head.run_id,
    pipeline: head.pipeline,
    environment: head.environment,
    engine: head.engine,
    steps: request.graph.nodes.map((node) => node.id),
  });
  const context: RunContext = {
    runId: request.runId,
    runDir,
    environment,
    mode: request.mode,
    dryRun: request.dryRun,
    ports: world.ports,
    clock,
    scrubber,
    signal: request.signal,
    emit,
  };
  const ends = await runGraph(request, context);
  const signal = request.endedBy();
  const summary = scrubber.value(
    buildSummary({
      head,
      startedAt,
      endedAt: clock.now(),
      steps: ends,
      next: request.next,
      ...(signal === undefined ? {} : { signal }),
    }),
  );
  emit({
    type: 'run_ended',
    run_id: head.run_id,
    status: summary.status,
    exit_code: summary.exit_code,
    duration_ms: summary.duration_ms,
  });
  await log.close();
  for (const [name, text] of [
    ['summary_text', summaryText(summary)],
    ['summary', json(summary)],
  ] as const) {
    const written = await files.write(contractPath('run', name, runDir), text);
    if (!written.ok) return written;
  }
  const recorded = await record(summary, request, runDir, world);
  return recorded.ok ? ok(summary) : recorded;
}

async function runGraph(request: RunRequest, context: RunContext): Promise<readonly StepEnd[]> {
  const ends = new Map<string, StepEnd>();
  const skip = (node: GraphNode, reason: string) => {
    const end: StepEnd = {
      id: node.id,
      uses: node.uses,
      status: 'skipped',
      summary: reason,
      durationMs: 0,
    };
    ends.set(node.id, end);
    context.emit({ type: 'step_ended', step: node.id, status: 'skipped', summary: end.summary, duration_ms: 0 });
  };
  await schedule(
    request.graph,
    {
      async run(node) {
        const inputs = await inputsOf(node, ends, request, context);
        if (!inputs.ok) {
          const end = await runStep(refusing(node, request.steps, inputs.failure), node, {}, context);
          ends.set(node.id, end);
          return { succeeded: false, ran: true };
        }
        const missing = node.manifest.inputs.find((input) => input.required && inputs.value[input.name] === undefined);
        if (missing !== undefined) {
          skip(node, `its input ${missing.name} was not delivered`);
          return { succeeded: false, ran: false };
        }
        const end = await runStep(request.steps[node.uses] as Step, node, inputs.value, context);
        ends.set(node.id, end);
        return { succeeded: succeeded(end), ran: true };
      },
      async skip(node, reason) {
        skip(node, reason);
      },
    },
    { concurrency: request.concurrency, signal: request.signal },
  );
  return request.graph.nodes.map((node) => ends.get(node.id) as StepEnd);
}

/** A step whose input cannot be read reports that and nothing else. */
function refusing(node: GraphNode, steps: RunRequest['steps'], cause: Failure): Step {
  return { manifest: (steps[node.uses] as Step).manifest, run: async () => err(cause) };
}

async function inputsOf(
  node: GraphNode,
  ends: ReadonlyMap<string, StepEnd>,
  request: RunRequest,
  context: RunContext,
): Promise<Result<Readonly<Record<string, Input | undefined>>>> {
  const inputs: Record<string, Input | undefined> = {};
  for (const declared of node.manifest.inputs) {
    const binding = node.inputs[declared.name];
    if (binding === undefined) continue;
    if (binding.from === 'step') {
      const delivered = ends.get(binding.step)?.report?.outputs[binding.output];
      if (delivered === undefined) continue;
      const read = await readInput(
        `${context.runDir}/${delivered.file}`,
        declared.schema,
        `step ${binding.step}`,
        context.ports.files,
      );
      if (!read.ok) return read;
      inputs[declared.name] = read.value;
    } else {
      const found = await resolveInput(declared, sourcesOf(request), context.ports.files);
      if (!found.ok) return found;
      if (found.value === undefined && declared.required) {
        return err(
          failure(
            'E_RUNTIME_NOT_DEPLOYED',
            `${node.id} needs ${declared.name}, and nothing is deployed for the environment ${context.environment.name}`,
          ),
        );
      }
      inputs[declared.name] = found.value;
    }
  }
  return ok(inputs);
}

function sourcesOf({ given, fromRun, loaded, steps }: RunRequest): Sources {
  const outputs = Object.values(steps).flatMap((step) => step.manifest.outputs);
  return {
    given,
    fromRun,
    environment: loaded.environment.name,
    paths: loaded.environment.paths,
    fileNames: Object.fromEntries(outputs.map((output) => [output.schema, output.file])),
  };
}

function metaOf({ runId, graph, loaded, mode, about }: RunRequest, startedAt: number): RunMeta {
  const { environment, configSha256 } = loaded;
  return {
    schema_version: '1',
    run_id: runId,
    pipeline: graph.pipeline,
    environment: environment.name,
    config_file: environment.file,
    config_sha256: configSha256,
    engine: environment.bootstrap.engine,
    stack: environment.stack.name,
    mode,
    started_at: new Date(startedAt).toISOString(),
    ...about,
  };
}

async function record(
  summary: Summary,
  request: RunRequest,
  runDir: string,
  world: RunWorld,
): Promise<Result<unknown>> {
  const { output_dir } = request.loaded.environment.paths;
  return appendRecord(output_dir, recordOf(summary, request.about.user, runDir.slice(output_dir.length + 1)), world);
}

/** A refusal leaves a line in the index and nothing else. */
async function recordRefused(
  { runId, graph, loaded, mode, about }: RunRequest,
  cause: Failure,
  startedAt: number,
  world: RunWorld,
): Promise<void> {
  const busy = cause.code === 'E_ENV_LOCKED';
  await appendRecord(
    loaded.environment.paths.output_dir,
    {
      run_id: runId,
      pipeline: graph.pipeline,
      environment: loaded.environment.name,
      mode,
      status: busy ? 'busy' : 'refused',
      exit_code: failureExit(cause.code),
      started_at: new Date(startedAt).toISOString(),
      duration_ms: world.clock.now() - startedAt,
      errors: 1,
      warnings: 0,
      buckets: [bucketOf(cause.code)],
      user: about.user,
      run_path: '',
    },
    world,
  );
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
