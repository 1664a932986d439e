import {
  type AlloyFunction,
  type AlloyObject,
  type Capsule,
  type ComponentGraph,
  typeName,
  type Value,
} from '@plumbline/formats/alloy';
import type { Collector } from '../collector.ts';
import type { Arguments } from '../config/arguments.ts';
import { components } from '../config/specs.ts';
import type { Tail } from '../tail/tail.ts';

/** What the web interface of Alloy tells about a component, in its JSON form. */
export function componentInfo(collector: Collector, id: string, started: string, detail: boolean): object | undefined {
  const { graph, evaluated } = collector.loaded;
  const node = graph.nodes.get(id);
  const args = evaluated.args.get(id);
  if (!node || !args) return undefined;
  return {
    name: node.name,
    type: 'block',
    localID: id,
    moduleID: '',
    label: node.label,
    referencesTo: related(graph, (e) => (e.from === id ? e.to : undefined)),
    referencedBy: related(graph, (e) => (e.to === id ? e.from : undefined)),
    health: { state: 'healthy', message: 'started component', updatedTime: started },
    original: '',
    ...(detail
      ? {
          arguments: body(args),
          exports: [...(evaluated.exports.get(id) ?? [])].map(([name, value]) => attribute(name, value)),
          debugInfo: node.name === 'loki.source.file' ? collector.tailsOf(id).map(targetInfo) : [],
        }
      : {}),
  };
}

function related(
  graph: ComponentGraph,
  pick: (edge: ComponentGraph['edges'][number]) => string | undefined,
): readonly string[] {
  return [...new Set(graph.edges.flatMap((edge) => pick(edge) ?? []))].filter((id) => graph.nodes.has(id));
}

/** Optional attributes that keep their default are left out, as in the real encoding. */
function body(args: Arguments): readonly object[] {
  const required = components[args.name]?.attributes ?? {};
  const attributes = Object.entries(args.values).filter(([name]) => args.given.has(name) || required[name]?.required);
  return [
    ...attributes.map(([name, value]) => attribute(name, value)),
    ...args.blocks.map((block) => ({ name: block.name, type: 'block', body: body(block) })),
  ];
}

function targetInfo(tail: Tail): object {
  return {
    name: 'targets_info',
    type: 'block',
    body: [
      attribute('path', tail.options.path),
      attribute('labels', tail.options.labelText),
      attribute('is_running', tail.running),
      attribute('read_offset', BigInt(tail.readOffset)),
    ],
  };
}

function attribute(name: string, value: Value): object {
  return { name, type: 'attr', value: encoded(value) };
}

function encoded(value: Value): object {
  const type = typeName(value);
  switch (type) {
    case 'null':
      return { type };
    case 'number':
      return { type, value: Number(value) };
    case 'array':
      return { type, value: (value as readonly Value[]).map(encoded) };
    case 'object':
      return {
        type,
        value: [...(value as AlloyObject)]
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([key, v]) => ({ key, value: encoded(v) })),
      };
    case 'function':
      return { type, value: (value as AlloyFunction).function };
    case 'capsule':
      return { type, value: `capsule("${(value as Capsule).capsule}")` };
    default:
      return { type, value };
  }
}
