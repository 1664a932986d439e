import { closest, distance } from 'fastest-levenshtein';

/** `; did you mean "x"?` where a candidate is close enough to be a slip of the finger, else nothing. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  if (candidates.length === 0) return '';
  const near = closest(word, [...candidates]);
  // A distance as long as the word would suggest anything that is as short.
  const limit = Math.min(word.length - 1, Math.max(2, Math.floor(word.length / 3)));
  return distance(word, near) <= limit ? `; did you mean "${near}"?` : '';
}
