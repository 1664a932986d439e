import { err, failure, ok, type Place, type Result } from '@plumbline/contracts';
import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  Lexer,
  LineCounter,
  parseDocument,
  stringify,
  visit,
} from 'yaml';
import { MOST_NESTED, tooDeepYaml } from './depth.ts';
import { cut } from './shown.ts';
import { HALF, isHalf } from './surrogate.ts';

/** A parsed YAML document: its plain value, and where each part of it stands. */
export interface YamlDocument {
  readonly value: unknown;
  /** The place of the value at `path`; of the nearest existing parent where there is no such value. */
  place(path: readonly (string | number)[]): Place;
}

/**
 * Parses one YAML 1.2 document. Duplicate keys, tabs as indentation, unknown tags, bad aliases, more than one document
 * and too many levels are E_CONFIG_PARSE failures with line and column.
 */
export function parseYaml(text: string, file: string): Result<YamlDocument> {
  const deep = tooDeepYaml(new Lexer().lex(text));
  if (deep !== undefined) {
    const before = text.slice(0, deep);
    const place = { file, line: before.split('\n').length, column: deep - before.lastIndexOf('\n') };
    return err(failure('E_CONFIG_PARSE', `nested more than ${MOST_NESTED} levels deep`, { place }));
  }
  const lines = new LineCounter();
  const doc = parseDocument(text, { lineCounter: lines, uniqueKeys: false, prettyErrors: false });
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
  // A warning is a tag that is not known: its value would be read as something else than was meant.
  const first = doc.errors[0] ?? doc.warnings[0];
  if (first !== undefined) {
    const what = first.code === 'MULTIPLE_DOCS' ? 'the file holds more than one document' : cut(first.message);
    return err(failure('E_CONFIG_PARSE', what, { place: at(first.pos[0]) }));
  }
  const wrong = firstWrong(doc);
  if (wrong !== undefined) return err(failure('E_CONFIG_PARSE', wrong.what, { place: at(wrong.offset) }));
  let value: unknown;
  try {
    value = doc.toJS({ maxAliasCount: 100 });
  } catch (thrown) {
    // Aliases are followed here: one without its anchor, or far too many of them.
    return err(failure('E_CONFIG_PARSE', cut((thrown as Error).message), { place: at(firstAlias(doc)) }));
  }
  return ok({
    value,
    place(path) {
      for (let n = path.length; n >= 0; n -= 1) {
        const parent = doc.getIn(path.slice(0, n - 1), true);
        const last = path[n - 1];
        const pair = isMap(parent) ? parent.items.find((item) => String(item.key) === String(last)) : undefined;
        const node = isPair(pair) && isNode(pair.key) ? pair.key : doc.getIn(path.slice(0, n), true);
        if (isNode(node) && node.range) return at(node.range[0]);
      }
      return { file, line: 1, column: 1 };
    },
  });
}

/**
 * The first scalar with half a character, key that is a list or a map or stands twice, or alias inside what it stands
 * for: no JSON has such. The parser compares each key of a map with every other, which takes minutes for a large one.
 */
function firstWrong(doc: Document): { readonly what: string; readonly offset: number } | undefined {
  let found: { readonly what: string; readonly offset: number } | undefined;
  const wrong = (what: string, node: unknown) => {
    found = { what, offset: (isNode(node) && node.range?.[0]) || 0 };
    return visit.BREAK;
  };
  visit(doc, {
    Pair: (_, { key }) =>
      isCollection(isAlias(key) ? key.resolve(doc) : key)
        ? wrong('a key is a text, and no list or map', key)
        : undefined,
    Scalar: (_, scalar) => (isHalf(scalar.value) ? wrong(HALF, scalar) : undefined),
    Alias: (_, alias, path) => {
      // Looking an anchor up goes through the whole document: only where a name above it says so.
      const above = path.filter((node) => isNode(node) && !isAlias(node) && node.anchor === alias.source);
      if (above.length === 0) return undefined;
      const meant = alias.resolve(doc);
      return above.some((node) => node === meant)
        ? wrong('an alias stands inside what it stands for', alias)
        : undefined;
    },
    Map: (_, map) => {
      const keys = new Set<string>();
      for (const { key } of map.items) {
        const name = nameOf(isAlias(key) ? key.resolve(doc) : key);
        if (name === undefined) continue;
        if (keys.has(name)) return wrong('Map keys must be unique', key);
        keys.add(name);
      }
      return undefined;
    },
  });
  return found;
}

/** What a key is called where all names are texts, as in JSON. */
function nameOf(key: unknown): string | undefined {
  return isScalar(key) ? String(key.value) : undefined;
}

/** Where the first alias stands that has no anchor before it; of any alias where all have one. */
function firstAlias(doc: Document): number {
  const offsets: { readonly bad: boolean; readonly at: number }[] = [];
  visit(doc, {
    Alias: (_, alias) => void offsets.push({ bad: alias.resolve(doc) === undefined, at: alias.range?.[0] ?? 0 }),
  });
  return (offsets.find(({ bad }) => bad) ?? offsets[0])?.at ?? 0;
}

/** Writes a value as YAML with two-space indentation and no line folding. */
export function writeYaml(value: unknown): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}
