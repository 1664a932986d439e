/** How deep a document may be nested. No file of this trade comes near it; parsers that recurse die far below it. */
export const MOST_NESTED = 100;

const SCALAR = '\x1f';
/** Tokens that stand for no character: the start of a document, the end of a broken flow, a scalar that comes next. */
const MARKS: ReadonlySet<string> = new Set(['\x02', '\x18', SCALAR]);

/**
 * The offset at which YAML is nested deeper than MOST_NESTED, by brackets and by the columns at which blocks begin;
 * undefined where it never is. It asks for the tokens of the lexer alone: where `- - - …` goes on for long enough, the
 * parser does not throw but takes the process with it. Pure.
 */
export function tooDeepYaml(tokens: Iterable<string>): number | undefined {
  const blocks: number[] = [];
  let [offset, column, brackets] = [0, 0, 0];
  let [opens, scalar] = [true, false];
  for (const token of tokens) {
    if (!scalar && MARKS.has(token)) {
      scalar = token === SCALAR;
      continue;
    }
    if (scalar || token.trim() !== '') {
      const indicator = !scalar && (token === '-' || token === '?' || (opens && token === ':'));
      if (brackets === 0 && (opens || indicator)) {
        while ((blocks.at(-1) ?? -1) >= column) blocks.pop();
        blocks.push(column);
      }
      opens = indicator;
      if (!scalar && (token === '[' || token === '{')) brackets += 1;
      if (!scalar && (token === ']' || token === '}')) brackets = Math.max(0, brackets - 1);
      if (blocks.length + brackets > MOST_NESTED) return offset;
    }
    offset += token.length;
    const line = token.lastIndexOf('\n');
    column = line === -1 ? column + token.length : token.length - line - 1;
    opens ||= line !== -1;
    scalar = false;
  }
  return undefined;
}
