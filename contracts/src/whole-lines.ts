import type { ScrubbedStream } from './scrubber.ts';

/** A line that is longer goes on in pieces, so that what says no line end does not fill the memory. */
const LONGEST_LINE = 1 << 14;
const NEWLINE = 10;
const EMPTY = new Uint8Array();

/**
 * The same stream, handed out by whole lines, so that what two streams of one process say can stand in one log without
 * breaking each other's lines: what is held back of one of them may be the end of a word. What comes after the last line
 * end is handed out at a pause and at the end, and a line over 16 KiB in pieces.
 */
export function wholeLines(stream: ScrubbedStream): ScrubbedStream {
  let begun: Uint8Array[] = [];
  let size = 0;
  const release = (bytes: Uint8Array): Uint8Array => {
    const all = begun.length === 0 ? bytes : Buffer.concat([...begun, bytes]);
    [begun, size] = [[], 0];
    return all;
  };
  return {
    push(bytes) {
      const clean = stream.push(bytes);
      const end = clean.lastIndexOf(NEWLINE) + 1;
      const whole = end === 0 ? clean.subarray(0, 0) : release(clean.subarray(0, end));
      if (end < clean.length) {
        // A copy: who reads into one buffer again and again would change what is kept here.
        begun.push(Uint8Array.from(clean.subarray(end)));
        size += clean.length - end;
      }
      return size > LONGEST_LINE ? Buffer.concat([whole, release(EMPTY)]) : whole;
    },
    pause: () => release(stream.pause()),
    end: () => release(stream.end()),
  };
}
