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

const closed = /^(?:"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`[^`]*`)$/;

/** The value of a string literal: backquoted as it stands, in single or double quotes with Go's escapes. */
export function unquote(literal: string, offset: number): string {
  // The grammar lets a text end with its line.
  if (!closed.test(literal)) return refuse(offset, 'unterminated quoted string');
  if (literal.startsWith('`')) return literal.slice(1, -1);
  const escapes = /\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}|[\s\S])/g;
  return literal.slice(1, -1).replace(escapes, (_, mark: string) => {
    const plain = simple[mark];
    if (plain !== undefined) return plain;
    const hex = /^[xuU]([0-9a-fA-F]+)$/.exec(mark)?.[1];
    const octal = /^[0-7]{3}$/.test(mark) ? Number.parseInt(mark, 8) : undefined;
    const code = hex === undefined ? octal : Number.parseInt(hex, 16);
    if (code === undefined || code > 0x10ffff) return refuse(offset, `unknown escape sequence U+${hexOf(mark)}`);
    return String.fromCodePoint(code);
  });
}

function hexOf(mark: string): string {
  return `${(mark.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')} '${mark}'`;
}

/** A text in double quotes, as Go's `strconv.Quote` writes it. */
export function quote(text: string): string {
  return `"${text.replace(/[\\"]|\p{Cc}/gu, (c) => {
    const name = Object.entries(simple).find(([, value]) => value === c)?.[0];
    return name === undefined ? `\\x${(c.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}` : `\\${name}`;
  })}"`;
}
