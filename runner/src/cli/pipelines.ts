import { join } from 'node:path';
import { err, failure, ok, type Pipeline, type Result } from '@plumbline/contracts';
import { pipeline as pipelineValidator } from '@plumbline/contracts/validators';
import { didYouMean } from '@plumbline/formats/did-you-mean';
import { fitDocument } from '@plumbline/formats/document';
import { readSource } from '@plumbline/formats/source';
import { files } from '../adapters/files.ts';
import type { LoadedEnvironment } from '../environment/load.ts';
import { buildGraph, type Graph, type PlaceOf } from '../graph/graph.ts';
import { steps } from './pipeline.ts';

/** Makes the graph of a run once the environment is known. */
export type GraphOf = (loaded: LoadedEnvironment) => Promise<Result<Graph>>;

/** Params that the command line gives to steps of a pipeline: to all that use a step, or to the one of that id. */
export interface Given {
  readonly uses: string;
  readonly id?: string;
  readonly with: Readonly<Record<string, unknown>>;
}

/** The graph of a pipeline file of this environment. What is given to a step that it does not have is E_CONFIG_USAGE. */
export function pipelineGraph(name: string, given: readonly Given[] = []): GraphOf {
  return async ({ environment }) => {
    const file = await locate(name, environment.paths.pipelines_dir);
    if (!file.ok) return file;
    const source = await readSource(file.value, files);
    if (!source.ok) return source;
    const document = fitDocument<Pipeline>(source.value.document, pipelineValidator);
    if (!document.ok) return document;
    const placeOf: PlaceOf = (path) => source.value.document.place(path);
    if (document.value.name !== name) {
      const message = `the pipeline in ${name}.json calls itself "${document.value.name}"`;
      return err(failure('E_CONFIG_INVALID_VALUE', message, { place: placeOf(['name']) }));
    }
    const fits = (step: Pipeline['steps'][number], { uses, id }: Given) =>
      step.uses === uses && (id === undefined || step.id === id);
    const stray = given.find((one) => !document.value.steps.some((step) => fits(step, one)));
    if (stray !== undefined) {
      const message = `the pipeline ${name} has no step "${stray.id ?? stray.uses}" that could take ${Object.keys(stray.with).join(', ')}`;
      return err(failure('E_CONFIG_USAGE', message, { place: { file: file.value } }));
    }
    const filled = document.value.steps.map((step) => {
      const own = given.filter((one) => fits(step, one)).map((one) => one.with);
      return own.length === 0 ? step : { ...step, with: Object.assign({}, step.with, ...own) };
    });
    return buildGraph({ ...document.value, steps: filled as Pipeline['steps'] }, manifests(), placeOf);
  };
}

/** The graph of one step alone: every input comes from outside. */
export function stepGraph(name: string, params: Readonly<Record<string, unknown>>): GraphOf {
  return async () => {
    const step = Object.hasOwn(steps, name) ? steps[name] : undefined;
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

async function locate(name: string, folder: string): Promise<Result<string>> {
  const file = join(folder, `${name}.json`);
  const there = /^[a-z0-9][a-z0-9_-]*$/.test(name) ? await files.stat(file) : ok(undefined);
  if (!there.ok) return there;
  if (there.value !== undefined) return ok(file);
  const known = await files.list(folder);
  const names = (known.ok ? known.value : []).flatMap((path) => /^([a-z0-9][a-z0-9_-]*)\.json$/.exec(path)?.[1] ?? []);
  const message = `no pipeline "${name}"${didYouMean(name, names)} (there is ${names.join(', ') || 'none'})`;
  return err(failure('E_CONFIG_UNKNOWN_PIPELINE', message, { place: { file: folder } }));
}

function manifests() {
  return Object.fromEntries(Object.entries(steps).map(([name, step]) => [name, step.manifest]));
}
