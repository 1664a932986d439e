import { contractPath, err, failure, type Input, ok, type Result } from '@plumbline/contracts';
import type { StepEnd } from '../bundle/step-end.ts';
import { type GraphNode, REPORT } from '../graph/graph-types.ts';
import { readInput, resolveInput, type Sources } from './resolve-input.ts';
import type { RunContext } from './run-context.ts';
import type { RunRequest } from './run-request.ts';

/** Reads what a step takes: from the steps of this run that deliver it, else from outside. */
export async function inputsOf(
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
      const path = delivered(ends.get(binding.step), binding.output, context.runDir);
      if (path === undefined) continue;
      const read = await readInput(path, declared.schema, `step ${binding.step}`, context.ports.files);
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

/** Where an output of an ended step is; undefined where the step has not delivered it. */
function delivered(end: StepEnd | undefined, output: string, runDir: string): string | undefined {
  if (end?.report === undefined) return undefined;
  if (output === REPORT) return contractPath('run', 'report', runDir, { step: end.id });
  const file = end.report.outputs[output]?.file;
  return file === undefined ? undefined : contractPath('run', 'output', runDir, { path: file });
}

function sourcesOf({ given, fromRun, loaded, steps }: RunRequest): Sources {
  // Who produces a document first gives it its name; what a later step hands on is the same document.
  const outputs = Object.values(steps)
    .flatMap((step) => step.manifest.outputs)
    .reverse();
  return {
    given,
    fromRun,
    environment: loaded.environment.name,
    project: loaded.environment.bootstrap.compose_project_name,
    paths: loaded.environment.paths,
    fileNames: Object.fromEntries(outputs.map((output) => [output.schema, output.file])),
  };
}
