import { err, failure, ok, type Place, type Result } from '@plumbline/contracts';
import { MOST_NESTED } from './depth.ts';
import {
  createScanner,
  findNodeAtLocation,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from './jsonc.ts';
import { shown } from './shown.ts';
import { HALF, isHalf } from './surrogate.ts';

/** A parsed JSON document: its value, and where each part of it stands. */
export interface JsonDocument {
  readonly value: unknown;
  /** The place of the value at `path`; of its key where `key` is asked for. */
  place(path: readonly (string | number)[], key?: boolean): Place;
}

/**
 * Parses JSON with `//` and block comments, unless `comments` is false. A syntax error, a trailing comma that is not asked
 * for, a key given twice, half a
 * character and too many levels are E_CONFIG_PARSE failures with line and column.
 */
export function parseJson(
  text: string,
  file: string,
  { trailingCommas = false, comments = true }: { readonly trailingCommas?: boolean; readonly comments?: boolean } = {},
): Result<JsonDocument> {
  const at = (offset: number): Place => placeOf(text, file, offset);
  const deep = tooDeep(text);
  if (deep !== undefined)
    return err(failure('E_CONFIG_PARSE', `nested more than ${MOST_NESTED} levels deep`, { place: at(deep) }));
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { allowTrailingComma: trailingCommas, disallowComments: !comments });
  const first = errors[0];
  if (first !== undefined || tree === undefined) {
    const empty = first === undefined || text.trim() === '';
    const what = empty ? 'the file is empty' : readable(printParseErrorCode(first.error));
    return err(failure('E_CONFIG_PARSE', what, { place: at(first?.offset ?? 0) }));
  }
  const twice = repeatedKey(tree);
  if (twice !== undefined)
    return err(failure('E_CONFIG_PARSE', `the key ${shown(twice.value)} is given twice`, { place: at(twice.offset) }));
  const half = find(tree, ({ value }) => isHalf(value));
  if (half !== undefined) return err(failure('E_CONFIG_PARSE', HALF, { place: at(half.offset) }));
  return ok({
    value: plain(tree),
    place(path, key = false) {
      for (let n = path.length; n > 0; n -= 1) {
        const node = nodeAt(tree, path.slice(0, n));
        if (node === undefined) continue;
        const target = key && n === path.length ? (node.parent?.children?.[0] ?? node) : node;
        return { ...at(target.offset), pointer: pointer(path) };
      }
      return { ...at(tree.offset), pointer: pointer(path) };
    },
  });
}

/** An object as JSON.parse makes one, with a member for every key: `__proto__` too, for a schema to refuse. */
function plain(node: Node): unknown {
  if (node.type === 'array') return (node.children ?? []).map(plain);
  if (node.type !== 'object') return node.value;
  const members = (node.children ?? []).map(({ children }) => [children?.[0]?.value, children?.[1]] as const);
  return Object.fromEntries(members.map(([key, value]) => [key, value === undefined ? undefined : plain(value)]));
}

/** A part of a pointer does not say whether it is a key or an index: `7` may be a key. */
function nodeAt(tree: Node, path: readonly (string | number)[]): Node | undefined {
  let node: Node | undefined = tree;
  for (const part of path)
    node = node && findNodeAtLocation(node, [node.type === 'object' ? String(part) : Number(part)]);
  return node;
}

/** RFC 6901. */
function pointer(path: readonly (string | number)[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function placeOf(text: string, file: string, offset: number): Place {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { file, line, column: offset - before.lastIndexOf('\n') };
}

/** `PropertyNameExpected` -> `property name expected`. */
function readable(code: string): string {
  return code.replace(/(?!^)([A-Z])/g, ' $1').toLowerCase();
}

function repeatedKey(tree: Node): Node | undefined {
  const seen = new Map<Node, Set<unknown>>();
  return find(tree, (node) => {
    const object = node.parent?.parent;
    if (node.parent?.type !== 'property' || object === undefined || node.parent.children?.[0] !== node) return false;
    const keys = seen.get(object) ?? new Set();
    const twice = keys.has(node.value);
    seen.set(object, keys.add(node.value));
    return twice;
  });
}

/** The first part of a document for which something holds. */
function find(node: Node, holds: (node: Node) => boolean): Node | undefined {
  if (holds(node)) return node;
  for (const child of node.children ?? []) {
    const found = find(child, holds);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** jsonc-parser's SyntaxKind, a const enum, which a module that is compiled alone cannot name. */
const TOKEN = { openBrace: 1, closeBrace: 2, openBracket: 3, closeBracket: 4, end: 17 } as const;

/** The offset at which JSON is nested deeper than MOST_NESTED; undefined where it never is. Does not recurse. Pure. */
function tooDeep(text: string): number | undefined {
  const scanner = createScanner(text, true);
  let depth = 0;
  for (let token: number = scanner.scan(); token !== TOKEN.end; token = scanner.scan()) {
    if (token === TOKEN.openBrace || token === TOKEN.openBracket) depth += 1;
    if (token === TOKEN.closeBrace || token === TOKEN.closeBracket) depth -= 1;
    if (depth > MOST_NESTED) return scanner.getTokenOffset();
  }
  return undefined;
}
