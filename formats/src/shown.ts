/** As much of a value of a file as a message shows: a file may hold a key of a mebibyte. */
const MOST_CHARACTERS = 120;

/** A value as a message shows it: its JSON, in which no control character is left as it is, cut where it is long. Pure. */
export function shown(value: unknown): string {
  return cut(JSON.stringify(value) ?? String(value));
}

/** A text that is cut where it is longer than a message shows. Pure. */
export function cut(text: string): string {
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS)}…`;
}

/** A value as the text that it would be without quotes; JSON of what is no scalar, which String() may not take. Pure. */
export function textOf(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
