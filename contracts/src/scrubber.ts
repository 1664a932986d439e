import { createFinder, type Finder } from './secret-finder.ts';
import { type Form, formsOf, ofBytes } from './secret-forms.ts';

/** What stands in place of a secret in everything that leaves the process (seed 002, P8). */
export const REDACTED = '***REDACTED***';

/** A shorter value would be found in words that have nothing to do with it. */
const SHORTEST = 6;
/** A line of a secret that has several is one by itself: a key in PEM is indented when it stands in YAML. */
const SHORTEST_LINE = 16;
/** So much of the start of a secret tells nothing of it: any word may end so. */
const TELLS_NOTHING = 3;

/** Knows the secret values of a run and removes them from text. The forms that it knows of each: see `formsOf`. */
export interface Scrubber {
  /** From now on this value is removed, in every known form. Values under 6 characters are ignored. */
  add(secret: string): void;
  /** The text without any known secret. Text that is to be cut is scrubbed first: half of a secret is not known. */
  text(text: string): string;
  /** The value with every string in it, keys included, scrubbed. */
  value<T>(value: T): T;
  /** The same for bytes that come piece by piece. A secret is found also where pieces, or its characters, are split. */
  stream(): ScrubbedStream;
}

/** Bytes on their way through a scrubber. What is handed out may lag behind by the length of a secret. */
export interface ScrubbedStream {
  /** Takes what came, and gives what is known to be clean of what came so far. */
  push(bytes: Uint8Array): Uint8Array;
  /**
   * Gives what was held back where that is no more than 3 bytes, as the end of a line that nothing follows for a while;
   * if more comes and they do begin a secret, the rest of it is removed.
   */
  pause(): Uint8Array;
  /** Gives what was held back: nothing comes after it. */
  end(): Uint8Array;
}

/** A scrubber that starts with the given secrets. */
export function createScrubber(secrets: Iterable<string> = []): Scrubber {
  const known = new Set<string>();
  const forms: Form[] = [];
  // Made when they are asked for: a file may teach a thousand secrets before a word is said.
  let inText: Finder | undefined;
  let inBytes: Finder | undefined;
  const ofText = (): Finder => {
    inText ??= createFinder(forms);
    return inText;
  };
  const ofStreams = (): Finder => {
    inBytes ??= createFinder(forms.map(ofBytes));
    return inBytes;
  };
  const scrubber: Scrubber = {
    add(secret) {
      const fresh = [secret, ...linesOf(secret)].filter((one) => one.length >= SHORTEST && !known.has(one));
      if (fresh.length === 0) return;
      for (const one of fresh) {
        known.add(one);
        forms.push(...formsOf(one));
      }
      [inText, inBytes] = [undefined, undefined];
    },
    text: (text) => withoutCut(ofText().clean(text, REDACTED, WHOLE).text, ofText()),
    value<T>(value: T): T {
      return forms.length === 0 ? value : (walk(value, scrubber.text) as T);
    },
    stream: () => createStream(ofStreams),
  };
  for (const secret of secrets) scrubber.add(secret);
  return scrubber;
}

/** What a message is cut off with (see `failure`): what stands before it may be the start of a secret. */
const CUT = '…';
const WHOLE = { covered: 0, said: 0, last: true } as const;

/** A text in which no start of a secret stands before a cut, where it is long enough to tell something of it. */
function withoutCut(text: string, finder: Finder): string {
  if (!text.includes(CUT)) return text;
  const parts = text.split(CUT);
  const last = parts.pop() ?? '';
  const clean = parts.map((part) => {
    const { text: before, rest } = finder.clean(part, REDACTED, { ...WHOLE, last: false });
    return rest.length < SHORTEST ? before + rest : before + REDACTED;
  });
  return [...clean, last].join(CUT);
}

/** `finder` is asked for each piece: a secret that is learned meanwhile counts from then on. */
function createStream(finder: () => Finder): ScrubbedStream {
  let [held, covered, said] = ['', 0, 0];
  const take = (text: string, last: boolean): Uint8Array => {
    const cleaned = finder().clean(held + text, REDACTED, { covered, said, last });
    held = cleaned.rest;
    covered = cleaned.covered;
    said = cleaned.said;
    return Buffer.from(cleaned.text, 'latin1');
  };
  return {
    push(bytes) {
      if (held === '' && !finder().mayBegin(bytes)) return bytes;
      return take(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1'), false);
    },
    pause() {
      if (held.length > TELLS_NOTHING) return new Uint8Array();
      const text = held.slice(Math.max(covered, said));
      said = held.length;
      return Buffer.from(text, 'latin1');
    },
    end: () => take('', true),
  };
}

function linesOf(secret: string): readonly string[] {
  const lines = secret.split(/\r?\n/).map((line) => line.trim());
  return lines.length === 1 ? [] : lines.filter((line) => line.length >= SHORTEST_LINE);
}

function walk(value: unknown, clean: (text: string) => string): unknown {
  if (typeof value === 'string') return clean(value);
  if (Array.isArray(value)) return value.map((item) => walk(item, clean));
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [clean(key), walk(item, clean)]));
  }
  return value;
}
