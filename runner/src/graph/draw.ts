import type { Graph, GraphNode } from './graph-types.ts';

/** One step that another waits for, and what for. */
export interface Reason {
  readonly step: string;
  /** The inputs that it delivers; empty where the file only says `after`. */
  readonly for: readonly string[];
}

/** Why a step waits for each of those that it waits for. Pure. */
export function reasonsOf(node: GraphNode): readonly Reason[] {
  return node.waitsFor.map((step) => ({
    step,
    for: Object.entries(node.inputs).flatMap(([name, binding]) =>
      binding.from === 'step' && binding.step === step ? [name] : [],
    ),
  }));
}

/** The graph in Mermaid's language, which GitHub and GitLab draw in Markdown. Pure. */
export function mermaidOf(graph: Graph): string {
  const names = namesOf(graph);
  const lines = graph.nodes.flatMap((node) => [
    `  ${names.get(node.id)}["${escapeMermaid(labelOf(node).join('<br/>'))}"]`,
    ...edges(node).map(
      ([from, label]) =>
        `  ${names.get(from)} -->${label === '' ? '' : `|${escapeMermaid(label)}|`} ${names.get(node.id)}`,
    ),
  ]);
  return `flowchart LR\n${lines.join('\n')}\n`;
}

/** The graph in the language of Graphviz. Pure. */
export function dotOf(graph: Graph): string {
  const quote = (text: string) => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
  const lines = graph.nodes.flatMap((node) => [
    `  ${quote(node.id)} [label=${quote(labelOf(node).join('\n'))}${node.cells === undefined ? '' : ', style="rounded,dashed"'}];`,
    ...edges(node).map(
      ([from, label]) => `  ${quote(from)} -> ${quote(node.id)}${label === '' ? '' : ` [label=${quote(label)}]`};`,
    ),
  ]);
  const head = `  graph [rankdir=LR, fontname="sans-serif"];\n  node [shape=box, style=rounded, fontname="sans-serif"];\n  edge [fontname="sans-serif", fontsize=10];`;
  return `digraph ${quote(graph.pipeline)} {\n${head}\n${lines.join('\n')}\n}\n`;
}

function labelOf(node: GraphNode): readonly string[] {
  const what = node.command === undefined ? node.uses : node.command.argv.join(' ');
  return [
    node.id,
    ...(node.cells === undefined
      ? what === node.id
        ? []
        : [what.length > 40 ? `${what.slice(0, 39)}…` : what]
      : ['merges its cells']),
    ...(node.when === 'success' || node.cells !== undefined ? [] : [`if ${node.when}`]),
  ];
}

function edges(node: GraphNode): readonly (readonly [string, string])[] {
  return reasonsOf(node).map((reason) => [reason.step, node.cells === undefined ? reason.for.join(', ') : ''] as const);
}

/** Ids can be words of Mermaid's own language (`end`), so it gets others. */
function namesOf(graph: Graph): ReadonlyMap<string, string> {
  return new Map(graph.nodes.map((node, n) => [node.id, `s${n}`]));
}

function escapeMermaid(text: string): string {
  return text
    .replaceAll('&', '#amp;')
    .replaceAll('"', '#quot;')
    .replace(/<(?!br\/>)/g, '#lt;');
}
