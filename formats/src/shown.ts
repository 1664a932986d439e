/** As much of a value of a file as a message shows: a file may hold a key of a mebibyte. */
const MOST_CHARACTERS = 120;
/** Controls, C1 and DEL among them, which JSON leaves as they are; what turns the direction of text; and ends of lines. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** A value as a message shows it: its JSON, in which no control character is left as it is, cut where it is long. Pure. */
export function shown(value: unknown): string {
  return cut(visible(JSON.stringify(value) ?? String(value)));
}

/** A name, or a path of keys, as a message has it without quotes; else as `shown`. Pure. */
export function named(text: string): string {
  return cut(visible(text));
}

/** A text with an escape of JSON for each character that a terminal does not show, but may obey. Pure. */
export function visible(text: string): string {
  return text.replace(unseen, (character) =>
    character.replace(/./gs, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  );
}

/** A text that is cut where it is longer than a message shows. Pure. */
export function cut(text: string): string {
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS)}…`;
}

/** A value as the text that it would be without quotes; JSON of what is no scalar, which String() may not take. Pure. */
export function textOf(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
