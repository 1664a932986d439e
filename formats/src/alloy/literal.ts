import type { Literal } from './ast.ts';
import type { Value } from './value.ts';

const simple: Readonly<Record<string, number>> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11, '\\': 92, '"': 34 };

/** The value that a literal stands for: whole numbers are bigint, others number. */
export function literalValue(literal: Literal): Value {
  switch (literal.type) {
    case 'null':
      return null;
    case 'bool':
      return literal.raw === 'true';
    case 'float':
      return Number(literal.raw);
    case 'number':
      return wholeNumber(literal.raw);
    case 'string':
      return unquote(literal.raw);
  }
}

/** Go's base-0 rule: a leading zero means octal where the digits allow it, and what fits no integer is a float. */
function wholeNumber(raw: string): bigint | number {
  if (/^0[0-7]+$/.test(raw)) return BigInt(`0o${raw.slice(1)}`);
  const value = BigInt(raw);
  return value < 1n << 64n ? value : Number(raw);
}

/** Go's unquoting: raw strings lose carriage returns; `\x` and octal escapes are bytes of UTF-8. */
export function unquote(raw: string): string {
  const inner = raw.slice(1, -1);
  if (raw.startsWith('`')) return inner.replaceAll('\r', '');
  if (!inner.includes('\\')) return inner;
  return inner.replace(/(?:\\(?:x[0-9a-fA-F]{2}|[0-7]{3}))+|\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}|\\[\s\S]/g, (found) => {
    if (/^\\[ux0-7U]/.test(found)) {
      if (found[1] === 'u' || found[1] === 'U') return String.fromCodePoint(Number.parseInt(found.slice(2), 16));
      const bytes = found.match(/\\(x[0-9a-fA-F]{2}|[0-7]{3})/g)!;
      return new TextDecoder().decode(
        Uint8Array.from(bytes, (b) =>
          b[1] === 'x' ? Number.parseInt(b.slice(2), 16) : Number.parseInt(b.slice(1), 8),
        ),
      );
    }
    return String.fromCharCode(simple[found[1]!] ?? found.charCodeAt(1));
  });
}

/** Writes a text as a double-quoted literal. */
export function quote(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must be escaped
  return `"${text.replace(/["\\]|[\u0000-\u001f\u007f\ufeff]|[\ud800-\udfff]/gu, (c) => escaped(c))}"`;
}

function escaped(c: string): string {
  if (c === '"' || c === '\\') return `\\${c}`;
  if (c === '\n') return '\\n';
  if (c === '\r') return '\\r';
  if (c === '\t') return '\\t';
  const code = c.charCodeAt(0);
  return code >= 0xd800 && code <= 0xdfff ? '\ufffd' : `\\u${code.toString(16).padStart(4, '0')}`;
}
