import { closest, distance } from 'fastest-levenshtein';

/** `; did you mean "x"?` where a candidate is close enough to be a slip of the finger, else nothing. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  if (candidates.length === 0) return '';
  const near = closest(word, [...candidates]);
  return distance(word, near) <= Math.max(2, Math.floor(word.length / 3)) ? `; did you mean "${near}"?` : '';
}
