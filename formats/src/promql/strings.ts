import { decodeGoEscapes, goEscapes } from '../go-string.ts';
import { refuse } from './error.ts';

const closed = /^(?:"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`[^`]*`)$/;

/** The value of a string literal: backquoted as it stands, in single or double quotes with Go's escapes. */
export function unquote(literal: string, offset: number): string {
  // The grammar lets a text end with its line.
  if (!closed.test(literal)) return refuse(offset, 'unterminated quoted string');
  if (literal.startsWith('`')) return literal.slice(1, -1);
  return decodeGoEscapes(literal.slice(1, -1), (mark) => refuse(offset, `unknown escape sequence U+${hexOf(mark)}`));
}

function hexOf(mark: string): string {
  return `${(mark.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')} '${mark}'`;
}

/** A text in double quotes, as Go's `strconv.Quote` writes it. */
export function quote(text: string): string {
  return `"${text.replace(/[\\"]|\p{Cc}/gu, (c) => {
    const name = Object.entries(goEscapes).find(([, value]) => value === c)?.[0];
    return name === undefined ? `\\x${(c.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}` : `\\${name}`;
  })}"`;
}
