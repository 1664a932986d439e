/** The structure of what the process adapter kept. */
interface Kept {
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
  readonly cut: number;
}

/** A command's output as text, and what of it goes into its report. */
export interface CommandLog {
  readonly text: string;
  readonly lastLines: readonly string[];
  /** Bytes of the middle that were not kept. */
  readonly cut: number;
}

const LAST_LINES = 20;
const LONGEST_LINE = 500;
/** A secret that the cut goes through would not be recognised: so much beside the cut goes too. */
const EDGE = 256;

/** In a report, and from there on a terminal, they are noise at best. */
const CONTROLS = /[^\P{Cc}\t]/gu;

/** Makes a log of what was kept of an output: bytes that are not UTF-8 replaced, secrets removed, the cut named. Pure. */
export function commandLog({ head, tail, cut }: Kept, scrub: (text: string) => string): CommandLog {
  const whole = cut === 0;
  const first = whole ? scrub(decode(Buffer.concat([head, tail]))) : scrub(decode(head.subarray(0, edgeBefore(head))));
  const from = whole ? 0 : edgeAfter(tail);
  const last = whole ? '' : scrub(decode(tail.subarray(from)));
  const gone = whole ? 0 : cut + (head.length - edgeBefore(head)) + from;
  const text = whole ? first : `${first}\n[plumbline: ${gone} bytes are cut here]\n${last}`;
  const lines = (whole ? first : last)
    .split('\n')
    .map((line) => line.slice(0, LONGEST_LINE).replace(CONTROLS, '').trimEnd())
    .filter((line) => line !== '');
  return {
    text,
    lastLines: lines.slice(-LAST_LINES),
    cut: gone,
  };
}

/** The end of the last whole line, where there is one near. */
function edgeBefore(bytes: Uint8Array): number {
  const at = bytes.lastIndexOf(10);
  return at >= bytes.length - 65_536 && at > 0 ? at : Math.max(0, bytes.length - EDGE);
}

function edgeAfter(bytes: Uint8Array): number {
  const at = bytes.indexOf(10);
  return at >= 0 && at < 65_536 ? at + 1 : Math.min(bytes.length, EDGE);
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
