import { err, failure, ok, type Pipeline, type Result, type StepManifest } from '@plumbline/contracts';
import { didYouMean } from '@plumbline/formats/did-you-mean';
import type { PipelineStep } from './command-manifest.ts';
import { ANY_FILE, type Binding, REPORT } from './graph-types.ts';
import type { PlaceOf } from './params.ts';

/** An output of a step of the pipeline. */
interface Producer {
  readonly step: string;
  readonly output: string;
  readonly schema: string;
}

/** Who produces what in a pipeline. */
export interface Producers {
  /** By the output's name, in the order of the file. */
  readonly byName: ReadonlyMap<string, readonly Producer[]>;
  /** By `<step>.<output>`, every step's report among them. */
  readonly byPath: ReadonlyMap<string, Producer>;
}

/** Indexes the outputs of a pipeline, so that binding an input does not look at every step. Pure. */
export function producersOf(steps: readonly { readonly id: string; readonly manifest: StepManifest }[]): Producers {
  const byName = new Map<string, Producer[]>();
  const byPath = new Map<string, Producer>();
  for (const { id, manifest } of steps) {
    for (const { name, schema } of manifest.outputs) {
      const producer = { step: id, output: name, schema };
      const others = byName.get(name);
      if (others === undefined) byName.set(name, [producer]);
      else others.push(producer);
      byPath.set(`${id}.${name}`, producer);
    }
    byPath.set(`${id}.${REPORT}`, { step: id, output: REPORT, schema: 'report' });
  }
  return { byName, byPath };
}

/** Where each input of a step comes from. An input that nothing delivers, or more than one step, is a failure. Pure. */
export function bindInputs(
  step: PipelineStep,
  manifest: StepManifest,
  pipeline: Pipeline,
  producers: Producers,
  place: (...path: readonly (string | number)[]) => ReturnType<PlaceOf>,
): Result<Readonly<Record<string, Binding>>> {
  const bindings: Record<string, Binding> = {};
  const names = manifest.inputs.map((input) => input.name);
  const stranger = Object.keys(step.inputs ?? {}).find((name) => !names.includes(name));
  if (stranger !== undefined) {
    return err(
      failure(
        'E_CONFIG_UNKNOWN_KEY',
        `"${step.id}" is given the input "${stranger}", which ${step.uses} does not have${didYouMean(stranger, names)}`,
        { place: place('inputs') },
      ),
    );
  }
  for (const input of manifest.inputs) {
    const bound = bind(step, input, pipeline, producers, place);
    if (!bound.ok) return bound;
    if (bound.value !== undefined) bindings[input.name] = bound.value;
  }
  return ok(bindings);
}

function bind(
  step: PipelineStep,
  input: StepManifest['inputs'][number],
  pipeline: Pipeline,
  producers: Producers,
  place: (...path: readonly (string | number)[]) => ReturnType<PlaceOf>,
): Result<Binding | undefined> {
  const named = step.inputs?.[input.name];
  const fits = ({ schema }: Producer) => input.schema === ANY_FILE || schema === input.schema;
  if (named !== undefined) {
    const producer = producers.byPath.get(named);
    if (producer !== undefined && fits(producer)) return ok(from(producer));
    const others = [...producers.byPath].flatMap(([path, other]) => (fits(other) ? [path] : []));
    const why =
      producer === undefined ? 'which no step produces' : `which is a ${producer.schema} and not a ${input.schema}`;
    return err(
      failure(
        'E_CONFIG_NO_PRODUCER',
        `"${step.id}" takes ${input.name} from "${named}", ${why}${didYouMean(named, others)}`,
        { place: place('inputs', input.name) },
      ),
    );
  }
  // What speaks of what is deployed is not what this run would deploy, where the pipeline says that it comes from outside.
  if (input.deployed === true && pipeline.inputs?.includes(input.name)) return ok({ from: 'outside' });
  const fitting = (producers.byName.get(input.name) ?? []).filter((other) => other.step !== step.id && fits(other));
  const [first, second] = fitting;
  if (first !== undefined && second !== undefined) {
    const all = fitting.map((producer) => `${producer.step}.${producer.output}`);
    return err(
      failure('E_CONFIG_MANY_PRODUCERS', `"${step.id}" needs ${input.name}, and ${all.join(' and ')} produce it`, {
        place: place('inputs'),
        hint: `say which one is meant: "inputs": {"${input.name}": "${all[0]}"}`,
      }),
    );
  }
  if (first !== undefined) return ok(from(first));
  if (pipeline.inputs?.includes(input.name)) return ok({ from: 'outside' });
  if (!input.required) return ok(undefined);
  return err(
    failure(
      'E_CONFIG_NO_PRODUCER',
      `"${step.id}" needs ${input.name}, which no step of the pipeline "${pipeline.name}" produces`,
      { place: place('inputs') },
    ),
  );
}

function from({ step, output }: Producer): Binding {
  return { from: 'step', step, output };
}
