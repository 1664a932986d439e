import type { Form } from './secret-forms.ts';

/** What was made of a piece of text, and what of it waits for the text that follows. */
export interface Cleaned {
  readonly text: string;
  /** The start of this may be the start of a secret. */
  readonly rest: string;
  /** So many characters of `rest` belong to a secret that was replaced already. */
  readonly covered: number;
  /** So many characters of `rest` were said already, though they may be the start of a secret. */
  readonly said: number;
}

/** What is known of the start of a text from what came before it. */
export interface Start {
  readonly covered: number;
  readonly said: number;
}

/** Finds forms in text. */
export interface Finder {
  /**
   * Replaces every stretch of text that forms cover. Where the text goes on (`last` is false), what may be the start of
   * a form is handed back as `rest`; it is to stand, with its `covered` and its `said`, before the text that follows. So
   * the outcome is the same however a text is split. What was said already is not said again, and of a form that it
   * begins the rest is replaced. Pure.
   */
  clean(text: string, replacement: string, at: Start & { readonly last: boolean }): Cleaned;
  /** Whether a form, each byte of which is the character of its number, could begin in these bytes. Pure. */
  mayBegin(bytes: Uint8Array): boolean;
}

/** A finder of these forms. */
export function createFinder(forms: readonly Form[]): Finder {
  const candidates = startsOf(forms);
  return {
    clean(text, replacement, { covered, said, last }) {
      let clean = '';
      let until = Math.max(covered, said);
      let begun = said > covered;
      for (let n = candidates.next(text, 0); n !== -1; n = candidates.next(text, n + 1)) {
        const { end, open } = longest(candidates.at(text, n), text, n);
        if (open && !last) {
          const rest = text.slice(n);
          const known = Math.max(0, until - n);
          return { text: clean + text.slice(until, n), rest, covered: begun ? 0 : known, said: begun ? known : 0 };
        }
        if (end <= until) continue;
        // Secrets that overlap are one stretch: what the first of them leaves of the second is a part of it.
        if (n >= until || begun) clean += text.slice(until, n) + replacement;
        begun = false;
        until = end;
      }
      return { text: until === 0 ? text : clean + text.slice(until), rest: '', covered: 0, said: 0 };
    },
    mayBegin: candidates.among,
  };
}

interface Candidates {
  /** Whether one of these bytes begins a form. */
  among(bytes: Uint8Array): boolean;
  /** The next place, not before `from`, whose character begins a form; -1 where there is none. */
  next(text: string, from: number): number;
  /** The forms that may stand at such a place, by its first two characters. */
  at(text: string, place: number): readonly Form[];
}

/** Nearly all text holds no secret: what is looked at closely are the few places where one could begin. */
function startsOf(forms: readonly Form[]): Candidates {
  const begins = new Uint8Array(1 << 16);
  const byOne = new Map<number, Form[]>();
  const byTwo = new Map<number, Form[]>();
  for (const form of forms) {
    const starts = startOf(form);
    for (const one of new Set(starts.map((start) => start.charCodeAt(0)))) {
      begins[one] = 1;
      byOne.set(one, [...(byOne.get(one) ?? []), form]);
    }
    for (const two of new Set(starts.map((start) => pairAt(start, 0)))) {
      byTwo.set(two, [...(byTwo.get(two) ?? []), form]);
    }
  }
  return {
    among(bytes) {
      for (let n = 0; n < bytes.length; n += 1) if (begins[bytes[n] as number] === 1) return true;
      return false;
    },
    next(text, from) {
      for (let n = from; n < text.length; n += 1) if (begins[text.charCodeAt(n)] === 1) return n;
      return -1;
    },
    at: (text, place) =>
      (place === text.length - 1 ? byOne.get(text.charCodeAt(place)) : byTwo.get(pairAt(text, place))) ?? [],
  };
}

function pairAt(text: string, place: number): number {
  return text.charCodeAt(place) * (1 << 16) + text.charCodeAt(place + 1);
}

/** Every two characters that a form may begin with. */
function startOf([first = [], second = []]: Form): readonly string[] {
  return first.flatMap((spelling) =>
    spelling.length > 1 ? [spelling.slice(0, 2)] : second.map((next) => spelling + next.slice(0, 1)),
  );
}

interface Match {
  /** Where it ends; -1 where there is none. */
  readonly end: number;
  /** With more text there could be one, or a longer one. */
  readonly open: boolean;
}

function longest(forms: readonly Form[], text: string, from: number): Match {
  let [end, open] = [-1, false];
  for (const form of forms) {
    const match = matchAt(form, text, from);
    end = Math.max(end, match.end);
    open ||= match.open;
  }
  return { end, open };
}

/** One spelling may be the start of another, as `\` is of `\\`: every way through the form is followed at once. */
function matchAt(form: Form, text: string, from: number): Match {
  let ends: readonly number[] = [from];
  let open = false;
  for (const spellings of form) {
    const next = new Set<number>();
    for (const at of ends) {
      for (const spelling of spellings) {
        if (text.startsWith(spelling, at)) next.add(at + spelling.length);
        else open ||= at + spelling.length > text.length && spelling.startsWith(text.slice(at));
      }
    }
    if (next.size === 0) return { end: -1, open };
    ends = [...next];
  }
  return { end: Math.max(...ends), open };
}
