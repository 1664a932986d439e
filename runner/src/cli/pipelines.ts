import { join } from 'node:path';
import { err, failure, ok, type Pipeline, type Result } from '@plumbline/contracts';
import { pipeline as pipelineValidator } from '@plumbline/contracts/validators';
import { didYouMean } from '@plumbline/formats/did-you-mean';
import { readDocument } from '@plumbline/formats/document';
import { parseJson } from '@plumbline/formats/json';
import { files } from '../adapters/files.ts';
import type { LoadedEnvironment } from '../environment/load.ts';
import { buildGraph, type Graph, type PlaceOf } from '../graph/graph.ts';
import { steps } from './pipeline.ts';

/** Makes the graph of a run once the environment is known. */
export type GraphOf = (loaded: LoadedEnvironment) => Promise<Result<Graph>>;

/** The graph of a pipeline file of this environment. `params` are given to every step that uses the step of that name. */
export function pipelineGraph(
  name: string,
  params: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {},
): GraphOf {
  return async ({ environment }) => {
    const file = await locate(name, environment.paths.pipelines_dir);
    if (!file.ok) return file;
    const text = await files.readText(file.value);
    if (!text.ok) return text;
    const document = readDocument<Pipeline>(text.value, file.value, pipelineValidator);
    if (!document.ok) return document;
    const json = parseJson(text.value, file.value);
    const placeOf: PlaceOf = (path) => (json.ok ? json.value.place(path) : { file: file.value });
    if (document.value.name !== name) {
      const message = `the pipeline in ${name}.json calls itself "${document.value.name}"`;
      return err(failure('E_CONFIG_INVALID_VALUE', message, { place: placeOf(['name']) }));
    }
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
