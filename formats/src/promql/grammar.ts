// Of the very release that the stack pins: later grammars take syntax (numbers as durations, quoted names) that
// Prometheus 2.52 refuses.
import { parser } from '@prometheus-io/lezer-promql';

/** A node of the concrete syntax: the grammar's name for it, its place in the text, its children without comments. */
export interface SyntaxNode {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly children: readonly SyntaxNode[];
}

interface Building {
  name: string;
  from: number;
  to: number;
  children: Building[];
}

/** The syntax tree of a text, and the offset of the first thing in it that the grammar does not know. */
export function parseTree(text: string): { readonly root: SyntaxNode; readonly errorAt: number | undefined } {
  const root: Building = { name: '', from: 0, to: text.length, children: [] };
  const open: Building[] = [root];
  let errorAt: number | undefined;
  parser.parse(text).iterate({
    enter({ name, from, to, type }) {
      if (name === 'LineComment') return false;
      const next: Building = { name, from, to, children: [] };
      if (type.isError && (errorAt === undefined || from < errorAt)) errorAt = from;
      open.at(-1)?.children.push(next);
      open.push(next);
      return true;
    },
    leave({ name }) {
      if (name !== 'LineComment') open.pop();
    },
  });
  return { root: root.children[0] ?? root, errorAt };
}

/** The first child of that name. */
export function child(node: SyntaxNode, name: string): SyntaxNode | undefined {
  return node.children.find((c) => c.name === name);
}

/** A child at a place where the grammar promises one. */
export function at(node: SyntaxNode, index: number): SyntaxNode {
  const found = node.children.at(index);
  if (found === undefined) throw new Error(`the PromQL grammar gave a ${node.name} without child ${index}`);
  return found;
}
