import { distance } from 'fastest-levenshtein';
import { shown } from './shown.ts';

/** `; did you mean "x"?` where a candidate is close enough to be a slip of the finger, else nothing. As `nearest`. Pure. */
export function didYouMean(word: string, candidates: readonly string[], prefix = ''): string {
  const near = nearest(word, candidates, prefix);
  return near === undefined ? '' : `; did you mean ${shown(near)}?`;
}

/**
 * The candidate that a word was meant as: the closest one, if it is so close that it can be a slip of the finger. Capitals
 * are as good as small letters. `prefix` is what all begin with, and is left out: it would make any two of them alike. Pure.
 */
export function nearest(word: string, candidates: readonly string[], prefix = ''): string | undefined {
  const own = (text: string) => (text.startsWith(prefix) ? text.slice(prefix.length) : text).toLowerCase();
  const given = own(word);
  // A distance as long as the word would suggest anything that is as short.
  const limit = Math.min(given.length - 1, Math.max(2, Math.floor(given.length / 3)));
  let near: { readonly candidate: string; readonly steps: number } | undefined;
  for (const candidate of candidates) {
    const steps = distance(given, own(candidate));
    if (steps <= limit && (near === undefined || steps < near.steps)) near = { candidate, steps };
  }
  return near?.candidate;
}
