import { err, failure, ok, type Result } from '@plumbline/contracts';

const MARKS: readonly (readonly [string, readonly number[]])[] = [
  ['it starts with the byte order mark of UTF-16', [0xff, 0xfe]],
  ['it starts with the byte order mark of UTF-16', [0xfe, 0xff]],
  ['it starts with a byte order mark', [0xef, 0xbb, 0xbf]],
];

/**
 * The text of a file that a person wrote: UTF-8 without a byte order mark and without NUL. Anything else is
 * E_CONFIG_NOT_TEXT at the line and column of the first byte that does not belong. Pure.
 */
export function decodeText(bytes: Uint8Array, file: string): Result<string> {
  const refuse = (what: string, offset: number, hint?: string) => {
    const before = new TextDecoder().decode(bytes.subarray(0, offset)).split('\n');
    const place = { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
    return err(failure('E_CONFIG_NOT_TEXT', `${file} is not plain UTF-8 text: ${what}`, { place, ...hinted(hint) }));
  };
  const mark = MARKS.find(([, start]) => start.every((byte, n) => bytes[n] === byte));
  if (mark !== undefined) {
    const utf8 = mark[1].length === 3;
    return refuse(
      mark[0],
      0,
      utf8
        ? 'save the file as UTF-8 without a byte order mark'
        : 'save the file as UTF-8, as `iconv -f UTF-16 -t UTF-8` does',
    );
  }
  const nul = bytes.indexOf(0);
  if (nul !== -1) return refuse('it holds a NUL byte', nul);
  try {
    return ok(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    const offset = firstInvalid(bytes);
    const hex = (bytes[offset] ?? 0).toString(16).padStart(2, '0');
    return refuse(
      `the byte 0x${hex} is no UTF-8`,
      offset,
      'save the file as UTF-8, as `iconv -f LATIN1 -t UTF-8` does',
    );
  }
}

function hinted(hint: string | undefined) {
  return hint === undefined ? {} : { hint };
}

/**
 * The longest start that decodes ends at the first invalid byte, or in the middle of the character that it spoils: the
 * character is the place. Found by halves.
 */
function firstInvalid(bytes: Uint8Array): number {
  // Streaming, so that a character that is cut off by the end of the part is not taken for a wrong one.
  const decodes = (end: number) => {
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, end), { stream: true });
      return true;
    } catch {
      return false;
    }
  };
  let [good, bad] = [0, bytes.length + 1];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (middle <= bytes.length && decodes(middle)) good = middle;
    else bad = middle;
  }
  const continues = (offset: number) => ((bytes[offset] ?? 0) & 0xc0) === 0x80;
  let start = good;
  for (let back = good - 1; back >= 0 && good - back <= MOST_BYTES; back -= 1) {
    if (continues(back)) continue;
    if (needs(bytes[back] ?? 0) > good - back) start = back;
    break;
  }
  return start;
}

const MOST_BYTES = 4;

/** How many bytes a character has that starts with this one. */
function needs(lead: number): number {
  if (lead < 0xc0) return 1;
  return lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
}
