import { resolve } from 'node:path';
import { type Artifact, contractPath, type Failure, failureExit, readPayload } from '@plumbline/contracts';
import { files } from '../adapters/files.ts';
import { readInput } from '../run/resolve-input.ts';
import type { RunOptions } from './options.ts';
import { print, printFailure } from './output.ts';
import { type Given, pipelineGraph } from './pipelines.ts';
import { runVerb } from './run-verb.ts';

/** `artifact verify PATH`: whether every file of an artifact is the one that it names (seed 001, payload contract). */
export async function verify(path: string, { json = false }: { readonly json?: boolean }): Promise<number> {
  const refuse = (failure: Failure) => {
    printFailure(failure, json);
    return failureExit(failure.code);
  };
  const file = await fileOf(path);
  const artifact = await readInput(file, 'artifact', path, files);
  if (!artifact.ok) return refuse(artifact.failure);
  const data = artifact.value.data as Artifact;
  const payload = await readPayload({ data, path: file }, files);
  if (!payload.ok) return refuse(payload.failure);
  const bytes = [...payload.value.values()].reduce((sum, one) => sum + one.length, 0);
  const found = { generation: data.generation, files: payload.value.size, bytes, project: data.project };
  print(
    json
      ? JSON.stringify(found)
      : `${file} is whole: ${found.files} files, ${bytes} bytes, generation ${data.generation} of ${data.project}`,
  );
  return 0;
}

/** `apply [PATH]`: the pipeline that applies an artifact and generates nothing. */
export async function apply(path: string | undefined, options: RunOptions, given: readonly Given[]): Promise<number> {
  const input = path === undefined ? [] : [`artifact=${await fileOf(path)}`];
  const argument = path === undefined ? {} : { argument: path };
  const own = { ...options, ...argument, input: [...(options.input ?? []), ...input] };
  return runVerb({ pipeline: 'apply', graphOf: pipelineGraph('apply', given) }, own);
}

/** An artifact is named by its file, or by the folder that it is in. */
async function fileOf(path: string): Promise<string> {
  const absolute = resolve(path);
  const there = await files.stat(absolute);
  return there.ok && there.value?.kind === 'directory' ? contractPath('generation', 'artifact', absolute) : absolute;
}
