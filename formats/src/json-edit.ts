import { type PatchOperation, partsOf, valueAt } from './json-patch.ts';
import { applyEdits, findNodeAtLocation, getNodeValue, modify, type Node, parseTree } from './jsonc.ts';

type Formatting = { insertSpaces: boolean; tabSize: number; eol: string };

/**
 * A JSON text with a patch applied: comments, order and formatting of everything else stay as they are. The text must
 * be one that parseJson accepts, and the patch one that applyPatch accepts for its value. Pure.
 */
export function patchJsonText(text: string, patch: readonly PatchOperation[]): string {
  return patch.reduce((current, operation) => apply(current, operation), text);
}

function apply(text: string, operation: PatchOperation): string {
  if (operation.op === 'move') return move(text, operation.from, operation.path);
  if (operation.op === 'remove') return set(text, operation.path, undefined);
  return set(text, operation.path, operation.value, operation.op === 'add');
}

/** A key that only changes its name keeps its place and what is written around it. */
function move(text: string, from: string, to: string): string {
  const [before, after] = [partsOf(from), partsOf(to)];
  const node = nodeAt(rootOf(text), before);
  const key = node?.parent?.type === 'property' ? node.parent.children?.[0] : undefined;
  const same = before.slice(0, -1).join('/') === after.slice(0, -1).join('/') && before.length === after.length;
  if (same && key !== undefined) {
    const content = JSON.stringify(after.at(-1));
    return applyEdits(text, [{ offset: key.offset, length: key.length, content }]);
  }
  const value = valueAt(getNodeValue(rootOf(text)), from);
  return set(set(text, from, undefined), to, value, true);
}

function set(text: string, pointer: string, value: unknown, adds = false): string {
  const root = rootOf(text);
  const parts = partsOf(pointer);
  if (parts.length === 0) return JSON.stringify(value, null, formattingOf(text).tabSize);
  const above = nodeAt(root, parts.slice(0, -1));
  const path = parts.map((part, n) => (nodeAt(root, parts.slice(0, n))?.type === 'array' ? indexOf(part) : part));
  const isArrayInsertion = adds && above?.type === 'array';
  const formattingOptions = formattingOf(text);
  return applyEdits(text, modify(text, path, value, { formattingOptions, isArrayInsertion }));
}

/** `-` is the place after the last. */
function indexOf(part: string): number {
  return part === '-' ? -1 : Number(part);
}

function rootOf(text: string): Node {
  const root = parseTree(text);
  if (root === undefined) throw new Error('a text without a value cannot be patched');
  return root;
}

function nodeAt(root: Node, parts: readonly string[]): Node | undefined {
  let node: Node | undefined = root;
  for (const part of parts) node = node && findNodeAtLocation(node, [node.type === 'object' ? part : Number(part)]);
  return node;
}

/** What is added is written as the text around it is. */
function formattingOf(text: string): Formatting {
  const indent = /^([ \t]+)\S/m.exec(text)?.[1] ?? '  ';
  const insertSpaces = !indent.startsWith('\t');
  return { insertSpaces, tabSize: insertSpaces ? indent.length : 1, eol: text.includes('\r\n') ? '\r\n' : '\n' };
}
