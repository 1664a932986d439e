/** What is said of such a text. */
export const HALF = 'an escape stands for half a character: a surrogate without the other';

/** Whether a value is a text with a lone surrogate: it is no Unicode, has no UTF-8 and no hash (RFC 8785, 3.2.2.2). Pure. */
export function isHalf(value: unknown): boolean {
  return typeof value === 'string' && /\p{Surrogate}/u.test(value);
}
