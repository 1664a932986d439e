import { contractName, err, failure, ok, type Pipeline, type Result, type StepManifest } from '@plumbline/contracts';
import { didYouMean } from '@plumbline/formats/did-you-mean';
import { bindInputs, type Producers, producersOf } from './bind-inputs.ts';
import { cellsOf } from './cells.ts';
import { manifestOfStep, type PipelineStep } from './command-manifest.ts';
import type { Binding, Graph, GraphNode } from './graph-types.ts';
import { type PlaceOf, readParams } from './params.ts';
import { sort } from './sort.ts';

export type { Graph, GraphNode } from './graph-types.ts';
export type { PlaceOf };

const DEFAULT_TIMEOUT_S = 600;

/** A step of the file with what it is and where it stands. */
interface Entry {
  readonly id: string;
  readonly step: PipelineStep;
  readonly manifest: StepManifest;
  readonly place: (...path: readonly (string | number)[]) => ReturnType<PlaceOf>;
}

/**
 * Derives a pipeline's graph from what its steps declare to read and to write. Pure. An unknown step, a parameter that
 * the step does not have, a missing or a second producer, a matrix of nothing or of too much and a cycle are failures
 * with their place in the file.
 */
export function buildGraph(
  pipeline: Pipeline,
  manifests: Readonly<Record<string, StepManifest>>,
  placeOf: PlaceOf,
): Result<Graph> {
  const entries: Entry[] = [];
  const byId = new Map<string, Entry>();
  for (const [n, step] of pipeline.steps.entries()) {
    const place: Entry['place'] = (...path) => placeOf(['steps', n, ...path]);
    if (byId.has(step.id))
      return err(failure('E_CONFIG_INVALID_VALUE', `two steps have the id "${step.id}"`, { place: place('id') }));
    const manifest = manifestOfStep(step, manifests, place);
    if (!manifest.ok) return manifest;
    const entry = { id: step.id, step, manifest: manifest.value, place };
    entries.push(entry);
    byId.set(step.id, entry);
  }
  const producers = producersOf(entries);
  const nodes: GraphNode[] = [];
  for (const entry of entries) {
    const made = nodesOf(entry, pipeline, producers, byId);
    if (!made.ok) return made;
    nodes.push(...made.value);
  }
  const files = nameFiles(nodes, (id) => byId.get(id)?.place);
  if (!files.ok) return files;
  const again = pipeline.on_failure === 'kill' ? files.value.find((node) => node.supersedes !== undefined) : undefined;
  if (again !== undefined) {
    const message = `"${again.cellOf ?? again.id}" does again what failed, and on_failure is kill: after a failure nothing more runs`;
    return err(failure('E_CONFIG_INVALID_VALUE', message, { place: placeOf(['on_failure']) }));
  }
  const order = sort(files.value, (id) => byId.get(id)?.place() ?? {});
  if (!order.ok) return order;
  const apart = findApart(order.value);
  if (apart !== undefined) {
    const [id, other] = apart;
    const message = `"${id}" does "${other}" again and does not wait for it`;
    const hint = `say so: "after": ["${other}"]`;
    return err(failure('E_CONFIG_INVALID_VALUE', message, { place: byId.get(id)?.place('supersedes') ?? {}, hint }));
  }
  return ok({ pipeline: pipeline.name, nodes: order.value, onFailure: pipeline.on_failure ?? 'no-new' });
}

/** The node of a step; of a step with a matrix, its cells and the node that merges them. */
function nodesOf(
  entry: Entry,
  pipeline: Pipeline,
  producers: Producers,
  byId: ReadonlyMap<string, Entry>,
): Result<readonly GraphNode[]> {
  const { step, place } = entry;
  const manifest = taking(entry.manifest, step.with ?? {});
  const inputs = bindInputs(step, manifest, pipeline, producers, place);
  if (!inputs.ok) return inputs;
  const unknown = (step.after ?? []).findIndex((id) => !byId.has(id));
  if (unknown >= 0) {
    const id = step.after?.[unknown] as string;
    const message = `"${step.id}" comes after "${id}", which is no step of this pipeline${didYouMean(id, [...byId.keys()])}`;
    return err(failure('E_CONFIG_NO_PRODUCER', message, { place: place('after', unknown) }));
  }
  const supersedes = step.supersedes ?? [];
  const gone = supersedes.findIndex((id) => !byId.has(id) || id === step.id);
  if (gone >= 0) {
    const id = supersedes[gone] as string;
    const others = [...byId.keys()].filter((other) => other !== step.id);
    const message = `"${step.id}" does "${id}" again, which is no other step of this pipeline${didYouMean(id, others)}`;
    return err(failure('E_CONFIG_INVALID_VALUE', message, { place: place('supersedes', gone) }));
  }
  const common = {
    ...(supersedes.length === 0 ? {} : { supersedes }),
    uses: step.uses ?? 'run',
    manifest,
    inputs: inputs.value,
    waitsFor: [...new Set([...producing(inputs.value), ...(step.after ?? [])])],
    when: step.when ?? 'success',
    ...(step.cleans_up === true ? { cleansUp: true } : {}),
    retries: step.retries ?? 0,
    backoffS: step.backoff_s ?? 1,
    timeoutS: step.timeout_s ?? DEFAULT_TIMEOUT_S,
  };
  const command = step.run === undefined ? {} : { command: { argv: step.run, env: step.env ?? [] } };
  if (step.matrix === undefined) {
    const params = readParams(manifest, step.with ?? {}, (path) => place(...path), ['with']);
    return params.ok ? ok([{ ...common, ...command, id: step.id, params: params.value }]) : params;
  }
  const cells = cellsOf(step, manifest, place);
  if (!cells.ok) return cells;
  const nodes: GraphNode[] = [];
  for (const { id, values } of cells.value) {
    if (byId.has(id))
      return err(
        failure('E_CONFIG_INVALID_VALUE', `a cell of "${step.id}" would have the id of the step "${id}"`, {
          place: place('matrix'),
        }),
      );
    const params = readParams(manifest, { ...step.with, ...values }, (path) => placeOfParam(path, values, place), [
      'with',
    ]);
    if (!params.ok) return params;
    nodes.push({ ...common, ...command, id, params: params.value, cellOf: step.id });
  }
  const ids = nodes.map((node) => node.id);
  nodes.push({ ...common, id: step.id, params: {}, inputs: {}, waitsFor: ids, when: 'always', retries: 0, cells: ids });
  return ok(nodes);
}

/** A step, and one that it does again though it may come first. */
function findApart(nodes: readonly GraphNode[]): readonly [string, string] | undefined {
  const again = nodes.filter((node) => node.supersedes !== undefined && node.cellOf === undefined);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  for (const node of again) {
    const before = new Set<string>();
    const open = [...node.waitsFor];
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      if (before.has(id)) continue;
      before.add(id);
      open.push(...(byId.get(id)?.waitsFor ?? []));
    }
    const other = node.supersedes?.find((id) => !before.has(id));
    if (other !== undefined) return [node.id, other];
  }
  return undefined;
}

/** A step as its params make it: an input that they make needless is not taken. */
function taking(manifest: StepManifest, given: Readonly<Record<string, unknown>>): StepManifest {
  const paramOf = (param: string) => given[param] ?? manifest.params[param]?.default;
  const inputs = manifest.inputs.filter(({ unless }) => unless === undefined || paramOf(unless.param) !== unless.value);
  return inputs.length === manifest.inputs.length ? manifest : { ...manifest, inputs };
}

function producing(inputs: Readonly<Record<string, Binding>>): readonly string[] {
  return Object.values(inputs).flatMap((binding) => (binding.from === 'step' ? [binding.step] : []));
}

/** A param that the matrix gives is wrong there, and not under `with`. */
function placeOfParam(
  [, name]: readonly (string | number)[],
  values: Readonly<Record<string, unknown>>,
  place: Entry['place'],
) {
  return name !== undefined && Object.hasOwn(values, name) ? place('matrix', name) : place('with', name ?? '');
}

/**
 * Gives every output a file of its own: the first step of the file that writes a name keeps it, a cell or a later step
 * (a rollback is a second apply) puts its id before it. A name that the bundle itself uses is refused.
 */
function nameFiles(
  nodes: readonly GraphNode[],
  placeOf: (id: string) => Entry['place'] | undefined,
): Result<readonly GraphNode[]> {
  const reserved = ownFiles();
  const taken = new Set(reserved);
  const named: GraphNode[] = [];
  for (const node of nodes) {
    if (node.cells !== undefined) {
      named.push(node);
      continue;
    }
    const files: Record<string, string> = {};
    for (const { name, file } of node.manifest.outputs) {
      if (node.command !== undefined && (reserved.includes(file) || ENDINGS.some((ending) => file.endsWith(ending))))
        return err(
          failure('E_CONFIG_INVALID_VALUE', `"${node.id}" would write ${file}, which the run itself writes`, {
            place: placeOf(node.cellOf ?? node.id)?.('outputs') ?? {},
          }),
        );
      const free = node.cellOf === undefined && !taken.has(file) ? file : `${node.id}.${file}`;
      taken.add(free);
      if (free !== file) files[name] = free;
    }
    named.push(Object.keys(files).length === 0 ? node : { ...node, files });
  }
  return ok(named);
}

/** How the names end of what the run itself writes for each step. */
const ENDINGS = (['report', 'log'] as const).map((name) => contractName('run', name, { step: '-' }).slice(1));

function ownFiles(): readonly string[] {
  const names = ['lock', 'meta', 'events', 'summary', 'summary_text', 'work'] as const;
  return names.map((name) => contractName('run', name));
}
