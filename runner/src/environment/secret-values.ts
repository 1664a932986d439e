import { isSecretKey } from '@plumbline/contracts';
import { isMembers } from './merge.ts';
import { capturesOf, type Rules } from './redaction.ts';

/**
 * The values of a document that are secrets: what stands behind a key that says so, and what a redaction rule of the
 * stack captures, in a text by itself or behind its key. Pure.
 */
export function secretValues(document: unknown, rules: Rules = []): readonly string[] {
  return textsOf(document, '').flatMap(({ key, text }) => {
    const behind = `${key}=`;
    const captured = rules.flatMap((rule) =>
      capturesOf(behind + text, rule)
        .filter(([from]) => from >= behind.length)
        .map(([from, to]) => (behind + text).slice(from, to)),
    );
    return isSecretKey(key) ? [text, ...captured] : captured;
  });
}

/** Every text of a document with the key that it stands behind; the items of a list stand behind the key of the list. */
function textsOf(value: unknown, key: string): readonly { readonly key: string; readonly text: string }[] {
  if (typeof value === 'string') return [{ key, text: value }];
  if (Array.isArray(value)) return value.flatMap((item) => textsOf(item, key));
  return isMembers(value) ? Object.entries(value).flatMap(([name, part]) => textsOf(part, name)) : [];
}
