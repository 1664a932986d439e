import type { SyntaxNode } from './grammar.ts';

/** The text that a tree's offsets point into. */
export interface Source {
  readonly text: string;
}

/** The first child of that name. */
export function child(node: SyntaxNode, name: string): SyntaxNode | undefined {
  return node.children.find((c) => c.name === name);
}

/** The first child of that name, which the grammar promises. */
export function need(node: SyntaxNode, name: string): SyntaxNode {
  const found = child(node, name);
  if (found === undefined) throw new Error(`the LogQL grammar gave a ${node.name} without ${name}`);
  return found;
}

/** The first child, comments left out. */
export function only(node: SyntaxNode): SyntaxNode {
  const found = node.children.find((c) => c.name !== 'LineComment');
  if (found === undefined) throw new Error(`the LogQL grammar gave an empty ${node.name}`);
  return found;
}

/** What a node covers. */
export function textOf(source: Source, node: SyntaxNode): string {
  return source.text.slice(node.from, node.to);
}

/** All nodes of a name below a node, in order: the grammar nests its lists to the left. */
export function flatten(node: SyntaxNode, name: string): readonly SyntaxNode[] {
  return node.children.flatMap((c) => (c.name === name ? [c] : flatten(c, name)));
}
