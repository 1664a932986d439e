import { parser } from '@grafana/lezer-logql';

/** A node of the concrete syntax: the grammar's name for it, its place in the text, its children in order. */
export interface SyntaxNode {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly error: boolean;
  readonly children: readonly SyntaxNode[];
}

interface Building {
  name: string;
  from: number;
  to: number;
  error: boolean;
  children: Building[];
}

/** The syntax tree of a text, and the offset of the first thing in it that the grammar does not know. */
export function parseTree(text: string): { readonly root: SyntaxNode; readonly errorAt: number | undefined } {
  const root: Building = { name: '', from: 0, to: text.length, error: false, children: [] };
  const open: Building[] = [root];
  let errorAt: number | undefined;
  parser.parse(text).iterate({
    enter(node) {
      const { name, from, to } = node;
      const next: Building = { name, from, to, error: node.type.isError, children: [] };
      if (next.error && (errorAt === undefined || from < errorAt)) errorAt = from;
      open.at(-1)?.children.push(next);
      open.push(next);
    },
    leave() {
      open.pop();
    },
  });
  return { root: root.children[0] ?? root, errorAt };
}
