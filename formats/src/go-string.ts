/** The one-letter escapes of Go's string literals, and what they stand for. */
export const goEscapes: Readonly<Record<string, string>> = {
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

/** Decodes the escapes of Go's `strconv.Unquote` in the text between the quotes; `refuse` says what of the others. */
export function decodeGoEscapes(text: string, refuse: (mark: string) => never): string {
  const escapes = /\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}|[\s\S])/g;
  return text.replace(escapes, (_, mark: string) => {
    const plain = goEscapes[mark];
    if (plain !== undefined) return plain;
    const hex = /^[xuU]([0-9a-fA-F]+)$/.exec(mark)?.[1];
    const octal = /^[0-7]{3}$/.test(mark) ? Number.parseInt(mark, 8) : undefined;
    const code = hex === undefined ? octal : Number.parseInt(hex, 16);
    if (code === undefined || code > 0x10ffff) return refuse(mark);
    return String.fromCodePoint(code);
  });
}
