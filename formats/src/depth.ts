import { createScanner } from 'jsonc-parser';
import { Lexer } from 'yaml';

/** How deep a document may be nested. No file of this trade comes near it; parsers that recurse die far below it. */
export const MOST_NESTED = 100;

/** jsonc-parser's SyntaxKind, a const enum, which a module that is compiled alone cannot name. */
const TOKEN = { openBrace: 1, closeBrace: 2, openBracket: 3, closeBracket: 4, end: 17 } as const;

/** The offset at which JSON is nested deeper than MOST_NESTED; undefined where it never is. Does not recurse. Pure. */
export function tooDeepJson(text: string): number | undefined {
  const scanner = createScanner(text, true);
  let depth = 0;
  for (let token: number = scanner.scan(); token !== TOKEN.end; token = scanner.scan()) {
    if (token === TOKEN.openBrace || token === TOKEN.openBracket) depth += 1;
    if (token === TOKEN.closeBrace || token === TOKEN.closeBracket) depth -= 1;
    if (depth > MOST_NESTED) return scanner.getTokenOffset();
  }
  return undefined;
}

const SCALAR = '\x1f';
/** Tokens that stand for no character: the start of a document, the end of a broken flow, a scalar that comes next. */
const MARKS: ReadonlySet<string> = new Set(['\x02', '\x18', SCALAR]);

/**
 * As tooDeepJson, of YAML: brackets, and the columns at which blocks begin. It asks the lexer alone: where `- - - …` goes
 * on for long enough, the parser does not throw but takes the process with it. Pure.
 */
export function tooDeepYaml(text: string): number | undefined {
  const blocks: number[] = [];
  let [offset, column, brackets] = [0, 0, 0];
  let [opens, scalar] = [true, false];
  for (const token of new Lexer().lex(text)) {
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
