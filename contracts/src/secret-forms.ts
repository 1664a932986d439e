/** One way to write a secret: its parts in their order, each in any of several spellings. */
export type Form = readonly (readonly string[])[];

const HTML: Readonly<Record<string, readonly string[]>> = {
  '&': ['&amp;', '&#38;', '&#x26;'],
  '<': ['&lt;', '&#60;', '&#x3c;'],
  '>': ['&gt;', '&#62;', '&#x3e;'],
  '"': ['&quot;', '&#34;', '&#x22;'],
  "'": ['&apos;', '&#39;', '&#x27;'],
  '+': ['&#43;', '&#x2b;'],
};
/** What programs put between the lines of a long base64 text, and how JSON writes it. */
const LINE_BREAKS = ['\n', '\r\n', '\\n', '\\r\\n'];

/**
 * The ways to write a secret that are known:
 * - each of its characters raw, as JSON, JavaScript or a shell in single quotes escape it (`\"`, `\/`, `\u00e9`, `\xe9`,
 *   `'\''`), as a URL or a form does (`%C3%A9`, `%c3%a9`, `+`), as HTML does (`&amp;`), in any mixture, and all of that
 *   once more inside a JSON text;
 * - base64 and base64url, at whatever place of a longer text, its lines wrapped or not;
 * - hexadecimal, without anything between the bytes.
 * Not known: what is compressed or encrypted, other character sets than UTF-8, base64 within base64, a URL escaped twice,
 * the indentation of wrapped base64, a part of a secret. Pure.
 */
export function formsOf(secret: string): readonly Form[] {
  const bytes = Buffer.from(secret, 'utf8');
  return [[...secret].map(spellings), ...[0, 1, 2].map((shift) => base64(bytes, shift)), [...bytes].map(hexadecimal)];
}

/** The same form where text is handled byte by byte, each byte as the character of its number. Pure. */
export function ofBytes(form: Form): Form {
  return form.map((part) => part.map((spelling) => Buffer.from(spelling, 'utf8').toString('latin1')));
}

function spellings(character: string): readonly string[] {
  const units = Array.from({ length: character.length }, (_, n) => hex(character.charCodeAt(n), 4));
  const percent = [...Buffer.from(character, 'utf8')].map((byte) => `%${hex(byte, 2)}`).join('');
  const unicode = units.map((unit) => `\\u${unit}`).join('');
  const code = character.charCodeAt(0);
  const once = [
    character,
    inJson(character),
    unicode,
    units.map((unit) => `\\u${unit.toUpperCase()}`).join(''),
    percent,
    percent.toUpperCase(),
    ...(character.length === 1 && code < 256 ? [`\\x${hex(code, 2)}`, `\\x${hex(code, 2).toUpperCase()}`] : []),
    ...(character === '/' ? ['\\/'] : []),
    ...(character === ' ' ? ['+'] : []),
    ...(character === "'" ? [`'\\''`] : []),
    ...(HTML[character] ?? []),
  ];
  return [...new Set([...once, ...once.map(inJson)])];
}

/** Base64 of a secret inside a longer text starts at one of three offsets; only what the secret alone decides is stable. */
function base64(bytes: Buffer, shift: number): Form {
  const encoded = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
  const from = shift === 0 ? 0 : shift + 1;
  const to = Math.floor(((shift + bytes.length) * 8) / 6);
  return [...encoded.slice(from, to)].map((digit, n) => {
    const own = digit === '+' ? [...spellings('+'), '-'] : digit === '/' ? [...spellings('/'), '_'] : [digit];
    return n === 0 ? own : [...own, ...LINE_BREAKS.flatMap((gap) => own.map((spelling) => gap + spelling))];
  });
}

function hexadecimal(byte: number): readonly string[] {
  const digits = hex(byte, 2);
  return [...new Set([digits, digits.toUpperCase()])];
}

function hex(number: number, digits: number): string {
  return number.toString(16).padStart(digits, '0');
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
