import { err, failure, ok, type Result } from '@plumbline/contracts';
import { type AlloyFile, type Block, blockName, type Position } from './ast.ts';
import { references } from './references.ts';

/** A component, under its id, such as `loki.source.file.varlog`. */
export interface ComponentNode {
  readonly id: string;
  readonly name: string;
  readonly label: string;
  readonly block: Block;
}

/** `from` names `to` in its arguments, as `to.<field>`. Data flows to a receiver, and from anything else. */
export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly field: string;
  readonly pos: Position;
}

/** The components of a file and who refers to whom. */
export interface ComponentGraph {
  readonly file: string;
  readonly nodes: ReadonlyMap<string, ComponentNode>;
  /** Blocks that configure Alloy itself, such as `logging`. */
  readonly settings: readonly Block[];
  readonly edges: readonly Edge[];
  /** Ids in an order in which each component comes after those that it refers to. */
  readonly order: readonly string[];
}

const settingsBlocks = new Set([
  'logging',
  'tracing',
  'http',
  'remotecfg',
  'argument',
  'export',
  'declare',
  'import.file',
  'import.git',
  'import.http',
  'import.string',
]);
const builtIn =
  /^(constants|env|nonsensitive|concat|coalesce|json_decode|yaml_decode|json_path|base64_decode|format|join|replace|split|to_lower|to_upper|trim|trim_prefix|trim_suffix|trim_space|argument|module_path)$/;
const receivers =
  /^(loki\.(process|relabel|write|echo)|prometheus\.(relabel|remote_write)|otelcol\.(processor|exporter|connector)\..*|pyroscope\.write)$/;

/** Links the components of a file. Unknown references, doubled components and circles are faults with a place. */
export function buildGraph(file: AlloyFile): Result<ComponentGraph> {
  const fail = (pos: Position, message: string) =>
    err(
      failure('E_CONFIG_SERVICE_INVALID', message, { place: { file: file.name, line: pos.line, column: pos.column } }),
    );
  const nodes = new Map<string, ComponentNode>();
  const settings: Block[] = [];
  for (const statement of file.body) {
    if (statement.kind === 'attribute') return fail(statement.pos, `unrecognized attribute name "${statement.name}"`);
    const name = blockName(statement);
    const label = statement.label ?? '';
    const id = label === '' ? name : `${name}.${label}`;
    const twin = nodes.get(id)?.block ?? settings.find((s) => blockName(s) === name && (s.label ?? '') === label);
    if (twin)
      return fail(statement.pos, `block ${id} already declared at ${file.name}:${twin.pos.line}:${twin.pos.column}`);
    if (settingsBlocks.has(name)) settings.push(statement);
    else nodes.set(id, { id, name, label, block: statement });
  }
  const edges: Edge[] = [];
  for (const node of [...nodes.values(), ...settings.map((block) => ({ id: blockName(block), block }))]) {
    for (const { path, pos } of references(node.block.body)) {
      const length = path.findIndex((_, i) => nodes.has(path.slice(0, i + 1).join('.'))) + 1;
      if (length > 0)
        edges.push({ from: node.id, to: path.slice(0, length).join('.'), field: path[length] ?? '', pos });
      else if (!builtIn.test(path[0]!))
        return fail(pos, `component "${path.join('.')}" does not exist or is out of scope`);
    }
  }
  const order = ordered([...nodes.keys()], edges);
  if ('circle' in order) {
    const closing = edges.find((e) => e.from === order.circle[0] && e.to === (order.circle[1] ?? order.circle[0]))!;
    return fail(closing.pos, `cycle: ${[...order.circle, order.circle[0]].join(' -> ')}`);
  }
  return ok({ file: file.name, nodes, settings, edges, order });
}

/** Ids after those that they refer to, or the ids of one circle. */
function ordered(
  ids: readonly string[],
  edges: readonly Edge[],
): readonly string[] | { readonly circle: readonly string[] } {
  const order: string[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const path: string[] = [];
  const visit = (id: string): readonly string[] | undefined => {
    if (state.get(id) === 'done') return undefined;
    if (state.get(id) === 'open') return path.slice(path.indexOf(id));
    state.set(id, 'open');
    path.push(id);
    for (const edge of edges) {
      if (edge.from !== id) continue;
      const circle = visit(edge.to);
      if (circle) return circle;
    }
    path.pop();
    state.set(id, 'done');
    order.push(id);
    return undefined;
  };
  for (const id of ids) {
    const circle = visit(id);
    if (circle) return { circle };
  }
  return order;
}

/** Where data goes directly from a component: to receivers that it names, and to those that name its exports. */
function flowsTo(graph: ComponentGraph, id: string): readonly string[] {
  return graph.edges.flatMap((edge) => {
    const pushes = edge.field === 'receiver' || edge.field === 'input';
    if (pushes && edge.from === id) return [edge.to];
    return !pushes && edge.to === id ? [edge.from] : [];
  });
}

/**
 * All components that data from `from` comes to, itself included. Those of `without` let nothing through: what is
 * still reachable is reached around them.
 */
export function reachable(
  graph: ComponentGraph,
  from: string,
  without: ReadonlySet<string> = new Set(),
): ReadonlySet<string> {
  const seen = new Set<string>();
  const waiting = [from];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (seen.has(id) || without.has(id) || !graph.nodes.has(id)) continue;
    seen.add(id);
    waiting.push(...flowsTo(graph, id));
  }
  return seen;
}

/** The components at which data enters: those that receive nothing by their kind. */
export function sources(graph: ComponentGraph): readonly ComponentNode[] {
  return [...graph.nodes.values()].filter((node) => !receivers.test(node.name));
}

/** The components that no data comes to. */
export function unreachable(graph: ComponentGraph): readonly ComponentNode[] {
  const seen = new Set(sources(graph).flatMap((source) => [...reachable(graph, source.id)]));
  return [...graph.nodes.values()].filter((node) => !seen.has(node.id));
}

/** The blocks inside a component, in order: the stages of `loki.process`, the rules of `loki.relabel`. */
export function stages(node: ComponentNode): readonly Block[] {
  return node.block.body.filter((statement) => statement.kind === 'block');
}
