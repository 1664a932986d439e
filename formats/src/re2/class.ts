/** A set of code points, as inclusive ranges. */
export type Ranges = (readonly [number, number])[];

const cc = (c: string) => c.codePointAt(0)!;
const range = (text: string): Ranges => {
  const out: Ranges = [];
  for (let i = 0; i + 1 < text.length; i += 2) out.push([cc(text[i]!), cc(text[i + 1]!)]);
  return out;
};

/** `\d`, `\s`, `\w` are ASCII in RE2; `\s` has no vertical tab. */
export const perl: Readonly<Record<string, Ranges>> = {
  d: range('09'),
  s: [
    [9, 10],
    [12, 13],
    [32, 32],
  ],
  w: range('09AZ__az'),
};

export const posix: Readonly<Record<string, Ranges>> = {
  alnum: range('09AZaz'),
  alpha: range('AZaz'),
  ascii: [[0, 127]],
  blank: [
    [9, 9],
    [32, 32],
  ],
  cntrl: [
    [0, 31],
    [127, 127],
  ],
  digit: range('09'),
  graph: [[33, 126]],
  lower: range('az'),
  print: [[32, 126]],
  punct: [
    [33, 47],
    [58, 64],
    [91, 96],
    [123, 126],
  ],
  space: [
    [9, 13],
    [32, 32],
  ],
  upper: range('AZ'),
  word: range('09AZ__az'),
  xdigit: range('09AFaf'),
};

export function negated(ranges: Ranges): Ranges {
  const out: Ranges = [];
  let next = 0;
  for (const [lo, hi] of [...ranges].sort((a, b) => a[0] - b[0])) {
    if (lo > next) out.push([next, lo - 1]);
    next = Math.max(next, hi + 1);
  }
  if (next <= 0x10ffff) out.push([next, 0x10ffff]);
  return out;
}

/** The same ranges with the other case of every letter in them. */
export function bothCases(ranges: Ranges): Ranges {
  const out: Ranges = [...ranges];
  for (const [lo, hi] of ranges) {
    if (hi - lo > 4096) continue;
    for (let c = lo; c <= hi; c++) {
      for (const other of otherCases(c)) out.push([other, other]);
    }
  }
  return out;
}

function otherCases(c: number): number[] {
  const text = String.fromCodePoint(c);
  const cases = [text.toLowerCase(), text.toUpperCase()];
  if (/[kK\u212a]/.test(text)) cases.push('k', 'K', '\u212a');
  if (/[sS\u017f]/.test(text)) cases.push('s', 'S', '\u017f');
  return cases.filter((t) => [...t].length === 1 && t !== text).map(cc);
}

/** The body of a JavaScript class (`u` flag) for these ranges. */
export function classBody(ranges: Ranges): string {
  return ranges.map(([lo, hi]) => (lo === hi ? point(lo) : `${point(lo)}-${point(hi)}`)).join('');
}

/** One code point, written so that it is literal anywhere in a pattern. */
export function point(c: number): string {
  const text = String.fromCodePoint(c);
  return /^[A-Za-z0-9]$/.test(text) ? text : `\\u{${c.toString(16)}}`;
}
