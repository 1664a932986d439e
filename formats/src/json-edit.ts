import { breaksIn, type Edit, endOf, gapBefore, removal } from './json-comments.ts';
import { type PatchOperation, partsOf, valueAt } from './json-patch.ts';
import { applyEdits, findNodeAtLocation, getNodeValue, type Node, parseTree } from './jsonc.ts';

/** A place for a new member: before the member `index` of an object or list. */
interface Slot {
  readonly container: Node;
  readonly index: number;
  /** What is written before the value; undefined in a list. */
  readonly key: string | undefined;
  readonly value: unknown;
}

/**
 * A JSON text with a patch applied: comments, order and formatting of everything else stay as they are. A member goes
 * with the comments that are its own: beside it, and in the lines directly above it. The text must be one that
 * parseJson accepts, with trailing commas or without, and the patch one that applyPatch accepts for its value. Pure.
 */
export function patchJsonText(text: string, patch: readonly PatchOperation[]): string {
  return patch.reduce((current, operation) => apply(current, operation), text);
}

function apply(text: string, operation: PatchOperation): string {
  if (operation.op === 'move') return move(text, operation.from, operation.path);
  if (operation.op === 'remove') return remove(text, operation.path);
  return set(text, operation.path, operation.value, operation.op === 'add');
}

/** A key that only changes its name keeps its place and what is written around it. */
function move(text: string, from: string, to: string): string {
  if (from === to) return text;
  const root = rootOf(text);
  const holder = (pointer: string) => pointer.slice(0, pointer.lastIndexOf('/'));
  const property = nodeAt(root, partsOf(from))?.parent;
  if (holder(from) !== holder(to) || property?.type !== 'property')
    return set(remove(text, from), to, valueAt(getNodeValue(root), from), true);
  if (nodeAt(root, partsOf(to)) !== undefined) return move(remove(text, to), from, to);
  const key = property.children?.[0] as Node;
  const content = JSON.stringify(partsOf(to).at(-1));
  return applyEdits(text, [{ offset: key.offset, length: key.length, content }]);
}

function remove(text: string, pointer: string): string {
  const node = nodeAt(rootOf(text), partsOf(pointer));
  const member = node?.parent?.type === 'property' ? node.parent : node;
  if (member?.parent === undefined) throw new Error(`there is no ${pointer} to remove`);
  return applyEdits(text, [...removal(text, member.parent, indexOf(member))]);
}

function set(text: string, pointer: string, value: unknown, adds: boolean): string {
  const root = rootOf(text);
  const parts = partsOf(pointer);
  const old = nodeAt(root, parts);
  const container = nodeAt(root, parts.slice(0, -1));
  if (old !== undefined && !(adds && old.parent?.type === 'array')) return replace(text, old, value);
  const members = container?.children;
  if (container === undefined || members === undefined) throw new Error(`there is nothing to hold ${pointer}`);
  const name = parts.at(-1) ?? '';
  const inList = container.type === 'array';
  const index = inList && name !== '-' ? Number(name) : members.length;
  return applyEdits(text, [...insertion(text, { container, index, key: inList ? undefined : name, value })]);
}

function replace(text: string, old: Node, value: unknown): string {
  const member = old.parent?.type === 'property' ? old.parent : old;
  const lines = old.children?.length ? breaksIn(text.slice(old.offset, endOf(old))) > 0 : beginsLine(text, member);
  const indent = lines ? indentAt(text, member.offset) : undefined;
  const content = written(text, { container: old, index: 0, key: undefined, value }, indent);
  return applyEdits(text, [{ offset: old.offset, length: old.length, content }]);
}

function insertion(text: string, slot: Slot): readonly Edit[] {
  if (slot.container.children?.length === 0) return asOnly(text, slot);
  return slot.index === 0 ? asFirst(text, slot) : afterAnother(text, slot);
}

function asOnly(text: string, slot: Slot): readonly Edit[] {
  const { container } = slot;
  const gap = gapBefore(text, container, 0);
  const last = gap.pieces.at(-1);
  const member = container.parent?.type === 'property' ? container.parent : container;
  const offset = last?.end ?? gap.start;
  const length = gap.end - offset;
  if (last === undefined && !gap.broken && !beginsLine(text, member)) {
    const padding = container.type === 'array' || isTight(text, container) ? '' : ' ';
    return [{ offset, length, content: padding + written(text, slot) + padding }];
  }
  const [eol, outer] = [eolOf(text), indentAt(text, container.offset)];
  const indent = outer + unitOf(text, container);
  // What the comment says is not about the new member: a blank line keeps it from going with it one day.
  const apart = last?.of === 'none' ? eol : '';
  return [{ offset, length, content: apart + eol + indent + written(text, slot, indent) + eol + outer }];
}

/** Only in a list: a new key goes to the end. */
function asFirst(text: string, slot: Slot): readonly Edit[] {
  const gap = gapBefore(text, slot.container, 0);
  const indent = gap.broken ? indentOf(text, slot.container, 0) : undefined;
  const offset = gap.pieces.find(({ of }) => of === 'after')?.start ?? gap.end;
  return [{ offset, length: 0, content: `${written(text, slot, indent)},${separator(text, slot, indent)}` }];
}

/** Behind the comments of the member before; the comma that this needs is right behind its value. */
function afterAnother(text: string, slot: Slot): readonly Edit[] {
  const { container, index } = slot;
  const gap = gapBefore(text, container, index);
  const own = gap.pieces.filter(({ of }) => of === 'before');
  const last = own.at(-1);
  const comma = own.find(({ kind }) => kind === 'comma');
  // On the same line the comment would be one of the new member.
  const mustBreak = last?.kind === 'line' || (comma !== undefined && last !== comma);
  const atEnd = index === container.children?.length;
  const lines = mustBreak || (atEnd ? gapBefore(text, container, index - 1) : gap).broken;
  const indent = lines ? indentOf(text, container, index - 1) : undefined;
  const content = separator(text, slot, indent) + written(text, slot, indent);
  const offset = last?.end ?? gap.start;
  if (comma !== undefined) return [{ offset, length: 0, content: `${content},` }];
  return [
    { offset: lines ? gap.start : offset, length: 0, content: ',' },
    { offset, length: 0, content },
  ];
}

function separator(text: string, { container }: Slot, indent: string | undefined): string {
  if (indent !== undefined) return eolOf(text) + indent;
  return isTight(text, container) ? '' : ' ';
}

/** A member or value on lines of this indentation; on one line where there is none. */
function written(text: string, { container, key, value }: Slot, indent?: string): string {
  const tight = indent === undefined && isTight(text, container);
  const body =
    indent === undefined
      ? onOneLine(value, tight)
      : JSON.stringify(value, null, unitOf(text, container)).replaceAll('\n', eolOf(text) + indent);
  return key === undefined ? body : `${JSON.stringify(key)}:${tight ? '' : ' '}${body}`;
}

function onOneLine(value: unknown, tight: boolean): string {
  if (tight || typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => onOneLine(item, false)).join(', ')}]`;
  const members = Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)}: ${onOneLine(inner, false)}`);
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}

/** Whether the nearest members around are written without spaces. */
function isTight(text: string, container: Node): boolean {
  for (let node: Node | undefined = container; node !== undefined; node = node.parent) {
    const [first, second] = node.children ?? [];
    const colon = node.colonOffset ?? first?.colonOffset;
    if (colon !== undefined) return /\S/.test(text.charAt(colon + 1));
    if (first !== undefined && second !== undefined) return !/\s/.test(text.slice(endOf(first), second.offset));
  }
  return false;
}

function beginsLine(text: string, member: Node): boolean {
  return member.parent === undefined || gapBefore(text, member.parent, indexOf(member)).broken;
}

function indexOf(member: Node): number {
  return member.parent?.children?.indexOf(member) ?? 0;
}

/** The indentation of the members of an object or list, as one of them shows it. */
function indentOf(text: string, container: Node, index: number): string {
  const shown = container.children?.[index]?.offset ?? container.offset;
  const outer = indentAt(text, container.offset);
  return breaksIn(text.slice(container.offset, shown)) > 0 ? indentAt(text, shown) : outer + unitOf(text, container);
}

function indentAt(text: string, offset: number): string {
  const line = Math.max(text.lastIndexOf('\n', offset), text.lastIndexOf('\r', offset)) + 1;
  return /^[ \t]*/.exec(text.slice(line, offset))?.[0] ?? '';
}

/** What a level is indented by, as the first member that begins a line shows it. */
function unitOf(text: string, within: Node): string {
  let root = within;
  while (root.parent !== undefined) root = root.parent;
  // A list that grows while it is walked: the levels in their order.
  const nodes = [root];
  for (const node of nodes) {
    for (const child of node.children ?? []) nodes.push(child);
    const first = node.type === 'property' ? undefined : node.children?.[0];
    if (first === undefined || breaksIn(text.slice(node.offset, first.offset)) === 0) continue;
    const [outer, inner] = [indentAt(text, node.offset), indentAt(text, first.offset)];
    if (inner.length > outer.length && inner.startsWith(outer)) return inner.slice(outer.length);
  }
  return '  ';
}

function eolOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

function rootOf(text: string): Node {
  const root = parseTree(text, [], { allowTrailingComma: true });
  if (root === undefined) throw new Error('a text without a value cannot be patched');
  return root;
}

function nodeAt(root: Node, parts: readonly string[]): Node | undefined {
  let node: Node | undefined = root;
  for (const part of parts) node = node && findNodeAtLocation(node, [node.type === 'object' ? part : Number(part)]);
  return node;
}
