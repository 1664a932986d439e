import { err, failure, ok, type Pipeline, type Result, type StepManifest } from '@plumbline/contracts';
import * as validators from '@plumbline/contracts/validators';
import { didYouMean } from '@plumbline/formats/did-you-mean';
import { ANY_FILE } from './graph-types.ts';
import type { PlaceOf } from './params.ts';

export type PipelineStep = Pipeline['steps'][number];

/** What only a command has, for a step that `uses` one has all of this in its manifest. */
const ofCommands = ['purpose', 'outputs', 'env', 'effects', 'modes'] as const;

/** The manifest of a step: the one of the step that it uses, or one made from what the pipeline says of a command. Pure. */
export function manifestOfStep(
  step: PipelineStep,
  manifests: Readonly<Record<string, StepManifest>>,
  place: (...path: readonly (string | number)[]) => ReturnType<PlaceOf>,
): Result<StepManifest> {
  const { id, uses, run } = step;
  if ((uses === undefined) === (run === undefined)) {
    const says = uses === undefined ? 'has neither "uses" nor "run"' : 'has both "uses" and "run"';
    return err(
      failure(uses === undefined ? 'E_CONFIG_MISSING_KEY' : 'E_CONFIG_UNKNOWN_KEY', `"${id}" ${says}`, {
        place: place(),
        hint: 'give "uses" with the name of a step, or "run" with a command and its arguments',
      }),
    );
  }
  if (uses === undefined) return commandManifest(step, place);
  const stranger = ofCommands.find((key) => step[key] !== undefined);
  if (stranger !== undefined) {
    const message = `"${id}" uses ${uses}, whose manifest says its ${stranger}; only a step with "run" has the key here`;
    return err(failure('E_CONFIG_UNKNOWN_KEY', message, { place: place(stranger) }));
  }
  const manifest = Object.hasOwn(manifests, uses) ? manifests[uses] : undefined;
  if (manifest !== undefined) return ok(manifest);
  const known = Object.keys(manifests);
  return err(
    failure(
      'E_CONFIG_UNKNOWN_STEP',
      `"${id}" uses "${uses}", which is no step${didYouMean(uses, known)} (there is ${known.join(', ')})`,
      { place: place('uses'), hint: 'correct the name, or give the command of a step of your own under "run"' },
    ),
  );
}

function commandManifest(
  step: PipelineStep,
  place: (...path: readonly (string | number)[]) => ReturnType<PlaceOf>,
): Result<StepManifest> {
  const [program = ''] = step.run ?? [];
  if (program === '')
    return err(
      failure('E_CONFIG_INVALID_VALUE', `"${step.id}" runs nothing: its command is empty`, { place: place('run', 0) }),
    );
  const outputs = step.outputs ?? [];
  for (const [n, { name }] of outputs.entries()) {
    if (name === 'report' || outputs.findIndex((other) => variable(other.name) === variable(name)) !== n) {
      const why =
        name === 'report' ? 'which every step has by itself' : 'which another of its outputs is called already';
      return err(
        failure('E_CONFIG_INVALID_VALUE', `"${step.id}" has the output "${name}", ${why}`, {
          place: place('outputs', n, 'name'),
        }),
      );
    }
  }
  const strange = outputs.findIndex(({ schema }) => schema !== undefined && !schemas().includes(schema));
  if (strange >= 0) {
    const schema = outputs[strange]?.schema as string;
    const message = `"${step.id}" writes a "${schema}", which is no schema of contracts/schemas${didYouMean(schema, schemas())}`;
    return err(failure('E_CONFIG_INVALID_VALUE', message, { place: place('outputs', strange, 'schema') }));
  }
  const inputs = Object.keys(step.inputs ?? {});
  const twice = inputs.find((name, n) => inputs.findIndex((other) => variable(other) === variable(name)) !== n);
  if (twice !== undefined)
    return err(
      failure('E_CONFIG_INVALID_VALUE', `two inputs of "${step.id}" would both be PLUMBLINE_INPUT_${variable(twice)}`, {
        place: place('inputs', twice),
      }),
    );
  const params = paramsOf(step, place);
  if (!params.ok) return params;
  const shown = (step.run ?? []).join(' ');
  return ok({
    schema_version: '1',
    name: step.id,
    purpose: step.purpose ?? `run ${shown}`,
    kind: step.effects?.length === 0 ? 'probing' : 'changing',
    inputs: inputs.map((name) => ({ name, schema: ANY_FILE, required: true, purpose: `what ${step.id} reads` })),
    outputs: outputs.map(({ name, file, schema }) => ({
      name,
      schema: schema ?? ANY_FILE,
      file,
      purpose: `what ${step.id} writes`,
    })),
    params: params.value,
    modes: step.modes ?? ['apply', 'repair'],
    effects: step.effects ?? [`whatever ${shown} changes`],
    safety: step.effects?.length === 0 ? 'safe' : 'caution',
    idempotency: 'none',
    tools: [program],
    errors: ['E_RUNTIME_STEP_FAILED'],
  });
}

function schemas(): readonly string[] {
  return Object.keys(validators).map((name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`));
}

/** What a name is in the name of a variable. */
export function variable(name: string): string {
  return name.toUpperCase().replaceAll('-', '_');
}

/** A command takes whatever `with` and `matrix` give it, as long as it can be the value of a variable. */
function paramsOf(
  step: PipelineStep,
  place: (...path: readonly (string | number)[]) => ReturnType<PlaceOf>,
): Result<StepManifest['params']> {
  const params: StepManifest['params'] = {};
  const given = Object.entries(step.with ?? {}).map(([name, value]) => ['with', name, value] as const);
  const axes = Object.entries(step.matrix ?? {}).map(([name, values]) => ['matrix', name, values[0] ?? ''] as const);
  for (const [key, name, value] of [...given, ...axes]) {
    const type = typeof value === 'number' ? 'integer' : typeof value;
    const fits = (type === 'string' && !(value as string).includes('\0')) || type === 'integer' || type === 'boolean';
    if (!fits || !/^[a-z0-9][a-z0-9_-]*$/.test(name))
      return err(
        failure(
          'E_CONFIG_INVALID_VALUE',
          `"${step.id}" is a command; "${name}" becomes the variable PLUMBLINE_PARAM_${variable(name)} and must be text, a whole number, true or false`,
          { place: place(key, name) },
        ),
      );
    params[name] = {
      type: type as 'string' | 'integer' | 'boolean',
      default: value as string,
      purpose: `set by ${key}`,
    };
  }
  return ok(params);
}
