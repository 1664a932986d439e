import { err, failure, ok, type Place, type Result } from '@plumbline/contracts';
import { isMap, isNode, isPair, LineCounter, parseDocument, stringify } from 'yaml';

/** A parsed YAML document: its plain value, and where each part of it stands. */
export interface YamlDocument {
  readonly value: unknown;
  /** The place of the value at `path`; of the nearest existing parent where there is no such value. */
  place(path: readonly (string | number)[]): Place;
}

/**
 * Parses one YAML 1.2 document. Duplicate keys, tabs as indentation and more than one document are E_CONFIG_PARSE
 * failures with line and column.
 */
export function parseYaml(text: string, file: string): Result<YamlDocument> {
  const lines = new LineCounter();
  const doc = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false });
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
  const first = doc.errors[0];
  if (first !== undefined) return err(failure('E_CONFIG_PARSE', first.message, { place: at(first.pos[0]) }));
  return ok({
    value: doc.toJS({ maxAliasCount: 100 }) as unknown,
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

/** Writes a value as YAML with two-space indentation and no line folding. */
export function writeYaml(value: unknown): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}
