import { decodeGoEscapes } from '../go-string.ts';
import { refuse } from './error.ts';

/** The value of a Go string literal: backquoted as it stands, double-quoted with Go's escapes. */
export function unquote(literal: string): string {
  const inner = literal.slice(1, -1);
  return literal.startsWith('`') ? inner : decodeGoEscapes(inner, () => refuse('invalid syntax'));
}
