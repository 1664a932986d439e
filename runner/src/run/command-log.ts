/** The structure of what the process adapter kept, from which it has removed every secret. */
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

/** In a report, and from there on a terminal, they are noise at best. */
const CONTROLS = /[^\P{Cc}\t]/gu;

/** Makes a log of what was kept of an output: bytes that are not UTF-8 replaced, the cut named. Pure. */
export function commandLog({ head, tail, cut }: Kept): CommandLog {
  const whole = cut === 0;
  const end = decode(whole ? Buffer.concat([head, tail]) : tail);
  const lines = end
    .split('\n')
    .map((line) => line.slice(0, LONGEST_LINE).replace(CONTROLS, '').trimEnd())
    .filter((line) => line !== '');
  return {
    text: whole ? end : `${decode(head)}\n[plumbline: ${cut} bytes are cut here]\n${end}`,
    lastLines: lines.slice(-LAST_LINES),
    cut,
  };
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
