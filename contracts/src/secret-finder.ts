import type { Form } from './secret-forms.ts';

/** What was made of a piece of text, and what of it waits for the text that follows. */
export interface Cleaned {
  readonly text: string;
  /** The start of this may be the start of a secret. */
  readonly rest: string;
  /** So many characters of `rest` belong to a secret that was replaced already. */
  readonly covered: number;
}

/** Finds forms in text. */
export interface Finder {
  /**
   * Replaces every stretch of text that forms cover. Where the text goes on (`last` is false), what may be the start of
   * a form is handed back as `rest`; it is to stand, with its `covered`, before the text that follows. So the outcome is
   * the same however a text is split. Pure.
   */
  clean(text: string, replacement: string, at: { readonly covered: number; readonly last: boolean }): Cleaned;
}

/** A finder of these forms. */
export function createFinder(forms: readonly Form[]): Finder {
  const byFirst = new Map<number, Form[]>();
  for (const form of forms) {
    for (const first of new Set(form[0]?.map((spelling) => spelling.charCodeAt(0)))) {
      byFirst.set(first, [...(byFirst.get(first) ?? []), form]);
    }
  }
  return {
    clean(text, replacement, { covered, last }) {
      let clean = '';
      let until = covered;
      for (let n = 0; n < text.length; n += 1) {
        const candidates = byFirst.get(text.charCodeAt(n));
        if (candidates === undefined) continue;
        const { end, open } = longest(candidates, text, n);
        if (open && !last) {
          return { text: clean + text.slice(until, n), rest: text.slice(n), covered: Math.max(0, until - n) };
        }
        if (end <= until) continue;
        // Secrets that overlap are one stretch: what the first of them leaves of the second is a part of it.
        if (n >= until) clean += text.slice(until, n) + replacement;
        until = end;
      }
      return { text: clean + text.slice(until), rest: '', covered: 0 };
    },
  };
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
