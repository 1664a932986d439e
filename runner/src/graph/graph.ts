import { err, failure, ok, type Pipeline, type Place, type Result, type StepManifest } from '@plumbline/contracts';
import { didYouMean } from '@plumbline/formats/did-you-mean';
import { type PlaceOf, readParams } from './params.ts';

export type { PlaceOf };

/** Where a step's input comes from: a step of this pipeline, or outside it. */
export type Binding =
  | { readonly from: 'step'; readonly step: string; readonly output: string }
  | { readonly from: 'outside' };

/** One step of a pipeline with everything that it waits for. */
export interface GraphNode {
  readonly id: string;
  readonly uses: string;
  readonly manifest: StepManifest;
  readonly params: Readonly<Record<string, unknown>>;
  readonly inputs: Readonly<Record<string, Binding>>;
  /** Ids of the steps that must end first. */
  readonly waitsFor: readonly string[];
  readonly when: 'success' | 'failure' | 'always';
  readonly retries: number;
  readonly timeoutS: number;
}

/** A pipeline's steps in an order in which each comes after those that it waits for. */
export interface Graph {
  readonly pipeline: string;
  readonly nodes: readonly GraphNode[];
}

const DEFAULT_TIMEOUT_S = 600;

/**
 * Derives a pipeline's graph from what its steps declare to read and to write. Pure. An unknown step, a parameter that
 * the step does not have, a missing or a second producer and a cycle are failures with their place in the file.
 */
export function buildGraph(
  pipeline: Pipeline,
  manifests: Readonly<Record<string, StepManifest>>,
  placeOf: PlaceOf,
): Result<Graph> {
  const nodes: GraphNode[] = [];
  const known = Object.keys(manifests);
  for (const [n, step] of pipeline.steps.entries()) {
    const at = { place: placeOf(['steps', n, 'uses']) };
    if (pipeline.steps.findIndex((other) => other.id === step.id) !== n) {
      return err(
        failure('E_CONFIG_INVALID_VALUE', `two steps have the id "${step.id}"`, { place: placeOf(['steps', n, 'id']) }),
      );
    }
    const manifest = manifests[step.uses];
    if (manifest === undefined) {
      return err(
        failure(
          'E_CONFIG_UNKNOWN_STEP',
          `"${step.id}" uses "${step.uses}", which is no step${didYouMean(step.uses, known)} (there is ${known.join(', ')})`,
          at,
        ),
      );
    }
    const params = readParams(manifest, step.with ?? {}, placeOf, ['steps', n, 'with']);
    if (!params.ok) return params;
    const inputs = bindInputs(pipeline, n, manifest, manifests, placeOf);
    if (!inputs.ok) return inputs;
    nodes.push({
      id: step.id,
      uses: step.uses,
      manifest,
      params: params.value,
      inputs: inputs.value,
      waitsFor: [
        ...new Set(Object.values(inputs.value).flatMap((binding) => (binding.from === 'step' ? [binding.step] : []))),
      ],
      when: step.when ?? 'success',
      retries: step.retries ?? 0,
      timeoutS: step.timeout_s ?? DEFAULT_TIMEOUT_S,
    });
  }
  const order = sort(nodes, (id) => placeOf(['steps', pipeline.steps.findIndex((step) => step.id === id)]));
  return order.ok ? ok({ pipeline: pipeline.name, nodes: order.value }) : order;
}

function bindInputs(
  pipeline: Pipeline,
  n: number,
  manifest: StepManifest,
  manifests: Readonly<Record<string, StepManifest>>,
  placeOf: PlaceOf,
): Result<Readonly<Record<string, Binding>>> {
  const step = pipeline.steps[n] as Pipeline['steps'][number];
  const place = placeOf(['steps', n, 'inputs']);
  const bindings: Record<string, Binding> = {};
  const stranger = Object.keys(step.inputs ?? {}).find((name) => !manifest.inputs.some((input) => input.name === name));
  if (stranger !== undefined) {
    const names = manifest.inputs.map((input) => input.name);
    return err(
      failure(
        'E_CONFIG_UNKNOWN_KEY',
        `"${step.id}" is given the input "${stranger}", which ${step.uses} does not have${didYouMean(stranger, names)}`,
        { place },
      ),
    );
  }
  for (const input of manifest.inputs) {
    const producers = pipeline.steps.flatMap((other) => {
      if (other.id === step.id) return [];
      return (manifests[other.uses]?.outputs ?? [])
        .filter((output) => output.schema === input.schema)
        .map((output) => ({ step: other.id, output: output.name }));
    });
    const named = step.inputs?.[input.name];
    const fitting =
      named === undefined
        ? producers.filter((p) => p.output === input.name)
        : producers.filter((p) => `${p.step}.${p.output}` === named);
    const [first, second] = fitting;
    if (first !== undefined && second !== undefined) {
      const all = fitting.map((p) => `${p.step}.${p.output}`).join(' and ');
      return err(
        failure('E_CONFIG_MANY_PRODUCERS', `"${step.id}" needs ${input.name}, and ${all} produce it`, { place }),
      );
    }
    if (first !== undefined) bindings[input.name] = { from: 'step', ...first };
    else if (named !== undefined) {
      const names = producers.map((p) => `${p.step}.${p.output}`);
      return err(
        failure(
          'E_CONFIG_NO_PRODUCER',
          `"${step.id}" takes ${input.name} from "${named}", which no step produces${didYouMean(named, names)}`,
          { place },
        ),
      );
    } else if (pipeline.inputs?.includes(input.name)) bindings[input.name] = { from: 'outside' };
    else if (input.required) {
      return err(
        failure(
          'E_CONFIG_NO_PRODUCER',
          `"${step.id}" needs ${input.name}, which no step of the pipeline "${pipeline.name}" produces`,
          { place },
        ),
      );
    }
  }
  return ok(bindings);
}

function sort(nodes: readonly GraphNode[], placeOf: (id: string) => Place): Result<readonly GraphNode[]> {
  const sorted: GraphNode[] = [];
  const waiting = new Set(nodes);
  while (waiting.size > 0) {
    const ready = [...waiting].filter((node) => node.waitsFor.every((id) => sorted.some((done) => done.id === id)));
    if (ready.length === 0) {
      const circle = findCircle([...waiting]);
      return err(
        failure('E_CONFIG_CYCLE', `steps wait for each other: ${circle.join(' -> ')}`, {
          place: placeOf(circle[0] as string),
        }),
      );
    }
    for (const node of ready) {
      sorted.push(node);
      waiting.delete(node);
    }
  }
  return ok(sorted);
}

/** Every node that is left waits for another that is left, so walking on must come back. */
function findCircle(nodes: readonly GraphNode[]): readonly string[] {
  const path: string[] = [];
  let id = nodes[0]?.id as string;
  while (!path.includes(id)) {
    path.push(id);
    const node = nodes.find((n) => n.id === id) as GraphNode;
    id = node.waitsFor.find((before) => nodes.some((n) => n.id === before)) as string;
  }
  return [...path.slice(path.indexOf(id)), id];
}
