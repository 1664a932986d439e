import { refuse } from './error.ts';

const simple: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
  "'": "'",
};

/** The value of a Go string literal: backquoted as it stands, double-quoted with Go's escapes. */
export function unquote(literal: string): string {
  if (literal.startsWith('`')) return literal.slice(1, -1);
  return literal
    .slice(1, -1)
    .replace(/\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}|[\s\S])/g, (_, mark: string) => {
      const plain = simple[mark];
      if (plain !== undefined) return plain;
      const hex = /^[xuU]([0-9a-fA-F]+)$/.exec(mark)?.[1];
      const code =
        hex === undefined ? (/^[0-7]{3}$/.test(mark) ? Number.parseInt(mark, 8) : undefined) : Number.parseInt(hex, 16);
      if (code === undefined || code > 0x10ffff) return refuse('invalid syntax');
      return String.fromCodePoint(code);
    });
}
