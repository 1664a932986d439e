import { ok, type Result } from '@plumbline/contracts';
import {
  type Capsule,
  type ComponentGraph,
  type ComponentNode,
  type Environment,
  stdlib,
  type Value,
} from '@plumbline/formats/alloy';
import type { Labels } from '../pipeline/entry.ts';
import { relabelRule } from '../pipeline/relabel.ts';
import { type Arguments, decode, fault } from './arguments.ts';
import { components, exported, realFamilies } from './specs.ts';

/** What the components of a file are configured with, and what they offer each other. */
export interface Evaluated {
  readonly args: ReadonlyMap<string, Arguments>;
  readonly exports: ReadonlyMap<string, ReadonlyMap<string, Value>>;
}

/** Finds the files that a `local.file_match` names. */
export type Match = (args: Arguments) => readonly Labels[];

/** Evaluates all components, each after those that it refers to. Done again whenever the files may have changed. */
export function evaluateAll(graph: ComponentGraph, environment: Environment, match: Match): Result<Evaluated> {
  const args = new Map<string, Arguments>();
  const exports = new Map<string, ReadonlyMap<string, Value>>();
  const library = stdlib(environment);
  for (const id of graph.order) {
    const node = graph.nodes.get(id)!;
    const spec = components[node.name];
    if (!spec) {
      const message = realFamilies.test(`${node.name}.`)
        ? `component "${node.name}" is not implemented by the stand-in`
        : `cannot find the definition of component name "${node.name}"`;
      return fault(graph, node.block.pos, message);
    }
    if (node.label === '') return fault(graph, node.block.pos, `component "${node.name}" must have a label`);
    const decoded = decode(node.block, spec, { file: graph.file, names: names(library, exports) });
    if (!decoded.ok) return decoded;
    args.set(id, decoded.value);
    const offered = offer(graph, node, decoded.value, match);
    if (!offered.ok) return offered;
    exports.set(id, offered.value);
  }
  return ok({ args, exports });
}

/** The targets of a component as plain labels. */
export function targetsOf(value: Value | undefined): readonly Labels[] {
  return ((value ?? []) as readonly ReadonlyMap<string, string>[]).map((target) => Object.fromEntries(target));
}

function offer(
  graph: ComponentGraph,
  node: ComponentNode,
  args: Arguments,
  match: Match,
): Result<ReadonlyMap<string, Value>> {
  const offers = new Map<string, Value>();
  for (const field of exported[node.name] ?? []) {
    if (field === 'receiver') offers.set('receiver', { capsule: 'loki.LogsReceiver', held: node.id } satisfies Capsule);
    if (field === 'rules') offers.set('rules', { capsule: 'RelabelRules', held: node.id } satisfies Capsule);
    if (field === 'targets') offers.set('targets', asTargets(match(args)));
    if (field === 'output') {
      const output = relabelled(graph, args);
      if (!output.ok) return output;
      offers.set('output', asTargets(output.value));
    }
  }
  return ok(offers);
}

function relabelled(graph: ComponentGraph, args: Arguments): Result<readonly Labels[]> {
  let targets: readonly Labels[] = targetsOf(args.values.targets);
  for (const block of args.blocks) {
    const rule = relabelRule(block);
    if (!rule.ok) return fault(graph, block.pos, rule.failure);
    targets = targets.map(rule.value).filter((labels) => labels !== undefined);
  }
  return ok(targets);
}

function asTargets(targets: readonly Labels[]): Value {
  return targets.map((labels) => new Map(Object.entries(labels)));
}

/** The standard library, and the exports under their dotted names. */
function names(library: ReadonlyMap<string, Value>, exports: Evaluated['exports']): ReadonlyMap<string, Value> {
  const root = new Map<string, Value>(library);
  for (const [id, fields] of exports) {
    const path = id.split('.');
    let at = root;
    for (const part of path.slice(0, -1)) {
      const next = at.get(part);
      const map = next instanceof Map ? (next as Map<string, Value>) : new Map<string, Value>();
      at.set(part, map);
      at = map;
    }
    at.set(path.at(-1)!, fields);
  }
  return root;
}
