import { userInfo } from 'node:os';
import { join } from 'node:path';
import {
  createScrubber,
  err,
  failure,
  failureExit,
  ok,
  type Pipeline,
  type Ports,
  type Result,
  type Summary,
} from '@plumbline/contracts';
import { pipeline as pipelineValidator } from '@plumbline/contracts/validators';
import { didYouMean } from '@plumbline/formats/did-you-mean';
import { readDocument } from '@plumbline/formats/document';
import { parseJson } from '@plumbline/formats/json';
import { ulid } from 'ulid';
import { clock } from '../adapters/clock.ts';
import { createEmbeddedEngine } from '../adapters/embedded/engine.ts';
import { files } from '../adapters/files.ts';
import { createHealth } from '../adapters/health.ts';
import { host } from '../adapters/host.ts';
import { http } from '../adapters/http.ts';
import { isFree, takeLock } from '../adapters/lock.ts';
import { createSecrets } from '../adapters/secrets.ts';
import type { LoadedEnvironment } from '../environment/load.ts';
import { buildGraph, type Graph, type PlaceOf } from '../graph/graph.ts';
import { plainReporter } from '../reporters/plain.ts';
import { runPipeline } from '../run/run-pipeline.ts';
import { environmentOf } from './environment.ts';
import { listenForInterrupt } from './interrupt.ts';
import { nextSteps } from './next.ts';
import type { RunOptions } from './options.ts';
import { print, printFailure, tell } from './output.ts';
import { steps } from './pipeline.ts';
import { summaryForPeople } from './summary-for-people.ts';
import { buildId, version } from './version.ts';

/** Makes the graph of a run once the environment is known. */
export type GraphOf = (loaded: LoadedEnvironment) => Promise<Result<Graph>>;

/** Runs a graph and prints how it ended. Resolves with the exit code. */
export async function runVerb(graphOf: GraphOf, options: RunOptions): Promise<number> {
  const ended = await run(graphOf, options);
  if (!ended.ok) {
    printFailure(ended.failure, options.json === true);
    return failureExit(ended.failure.code);
  }
  print(options.json === true ? JSON.stringify(ended.value, null, 2) : summaryForPeople(ended.value));
  return ended.value.exit_code;
}

async function run(graphOf: GraphOf, options: RunOptions): Promise<Result<Summary>> {
  const loaded = await environmentOf(options);
  if (!loaded.ok) return loaded;
  const graph = await graphOf(loaded.value);
  if (!graph.ok) return graph;
  const given = parsePairs(options.input ?? [], '--input');
  if (!given.ok) return given;
  const scrubber = createScrubber();
  const interrupt = listenForInterrupt();
  const started = clock.now();
  try {
    return await runPipeline(
      {
        runId: `${new Date(started).toISOString().slice(0, 19).replaceAll(':', '-')}Z_${ulid(started)}`,
        graph: graph.value,
        steps,
        loaded: loaded.value,
        mode: loaded.value.environment.bootstrap.execution_mode,
        dryRun: options.dryRun === true,
        given: given.value,
        fromRun: options.fromRun,
        concurrency: 4,
        signal: interrupt.signal,
        endedBy: interrupt.by,
        about: {
          plumbline: { version: version(), build: buildId() },
          node: process.version,
          user: userInfo().username,
        },
        emit: options.quiet === true ? () => undefined : plainReporter(tell),
        next: (status) => nextSteps(graph.value.pipeline, status, flagsOf(options)),
      },
      { ports: portsOf(loaded.value, scrubber), files, clock, scrubber, lock: takeLock, isFree },
    );
  } finally {
    interrupt.dispose();
  }
}

function portsOf({ environment, health }: LoadedEnvironment, scrubber: ReturnType<typeof createScrubber>): Ports {
  const { bootstrap, paths } = environment;
  const bound = bootstrap.bind_address ?? '127.0.0.1';
  const reached = bound === '0.0.0.0' ? '127.0.0.1' : bound;
  const addresses = Object.fromEntries(
    Object.entries(bootstrap.ports).map(([service, port]) => [service, `${reached}:${port}`]),
  );
  const engine = createEmbeddedEngine(paths.deploy_root);
  return {
    files,
    http,
    engine,
    clock,
    secrets: createSecrets(scrubber),
    health: createHealth(health, addresses, http, clock),
    host,
  };
}

/** The graph of a pipeline file of this environment. */
export function pipelineGraph(
  name: string,
  params: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {},
): GraphOf {
  return async ({ environment }) => {
    const file = join(environment.paths.pipelines_dir, `${name}.json`);
    const there = await files.stat(file);
    if (there.ok && there.value === undefined) {
      const known = await files.list(environment.paths.pipelines_dir);
      const names = (known.ok ? known.value : []).map((path) => path.replace(/\.json$/, ''));
      return err(
        failure(
          'E_CONFIG_UNKNOWN_PIPELINE',
          `no pipeline "${name}"${didYouMean(name, names)} (there is ${names.join(', ') || 'none'})`,
          { place: { file } },
        ),
      );
    }
    const text = await files.readText(file);
    if (!text.ok) return text;
    const document = readDocument<Pipeline>(text.value, file, pipelineValidator);
    if (!document.ok) return document;
    const json = parseJson(text.value, file);
    const placeOf: PlaceOf = (path) => (json.ok ? json.value.place(path) : { file });
    const filled = document.value.steps.map((step) =>
      step.uses === undefined || params[step.uses] === undefined
        ? step
        : { ...step, with: { ...step.with, ...params[step.uses] } },
    );
    return buildGraph({ ...document.value, steps: filled as Pipeline['steps'] }, manifests(), placeOf);
  };
}

/** The graph of one step alone: every input comes from outside. */
export function stepGraph(name: string, params: Readonly<Record<string, unknown>>): GraphOf {
  return async () => {
    const step = steps[name];
    if (step === undefined) {
      const names = Object.keys(steps);
      return err(
        failure('E_CONFIG_UNKNOWN_STEP', `no step "${name}"${didYouMean(name, names)} (there is ${names.join(', ')})`),
      );
    }
    const inputs = step.manifest.inputs.map((input) => input.name);
    const alone: Pipeline = {
      schema_version: '1',
      name: `step-${name}`,
      description: step.manifest.purpose,
      inputs,
      steps: [{ id: name, uses: name, with: { ...params } }],
    };
    return buildGraph(alone, manifests(), () => ({}));
  };
}

function manifests() {
  return Object.fromEntries(Object.entries(steps).map(([name, step]) => [name, step.manifest]));
}

/** `name=value` pairs of a repeatable flag. */
export function parsePairs(pairs: readonly string[], flag: string): Result<Readonly<Record<string, string>>> {
  const values: Record<string, string> = {};
  for (const pair of pairs) {
    const cut = pair.indexOf('=');
    if (cut < 1) return err(failure('E_CONFIG_USAGE', `${flag} ${pair}: expected name=value`));
    values[pair.slice(0, cut)] = pair.slice(cut + 1);
  }
  return ok(values);
}

function flagsOf({ env, config }: RunOptions): string {
  if (config !== undefined) return ` --config ${config}`;
  return env === 'demo' ? '' : ` --env ${env}`;
}
