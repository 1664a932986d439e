import { isSecretKey } from '@plumbline/contracts';
import { isMembers } from './merge.ts';
import { capturesOf, type Rules } from './redaction.ts';

/** A shorter number is a port, a size or a duration as well. */
const FEWEST_DIGITS = 6;

/**
 * A rule may take time that grows with the square of a text: in a longer one it is sought piece by piece. The pieces
 * overlap by half, so that what is no longer than that is whole in one of them.
 */
const MOST_AT_ONCE = 2048;
/** What a rule knows a key by is at its end. */
const MOST_OF_A_KEY = 100;

/**
 * The values of a document that are secrets: all that stands below a key that says so, and what a redaction rule of the
 * stack captures, in a text by itself or behind its key. Numbers of six digits and more count, as their text. Pure.
 */
export function secretValues(document: unknown, rules: Rules = []): readonly string[] {
  return textsOf(document, { key: '', secret: false }).flatMap(({ key, secret, text }) => {
    const behind = `${key.slice(-MOST_OF_A_KEY)}=`;
    const captured = piecesOf(text).flatMap((piece) =>
      rules.flatMap((rule) =>
        capturesOf(behind + piece, rule)
          .filter(([from]) => from >= behind.length)
          .map(([from, to]) => (behind + piece).slice(from, to)),
      ),
    );
    return secret ? [text, ...captured] : captured;
  });
}

function piecesOf(text: string): readonly string[] {
  if (text.length <= MOST_AT_ONCE) return [text];
  const step = MOST_AT_ONCE / 2;
  const pieces = Array.from({ length: Math.ceil(text.length / step) - 1 }, (_, n) =>
    text.slice(n * step, n * step + MOST_AT_ONCE),
  );
  return [...new Set(pieces)];
}

/** The key that a value stands behind, and whether it or one above it is that of a secret. */
interface Behind {
  readonly key: string;
  readonly secret: boolean;
}

/** Every text of a document and what it stands behind; the items of a list stand behind the key of the list. */
function textsOf(value: unknown, behind: Behind): readonly (Behind & { readonly text: string })[] {
  if (typeof value === 'string') return [{ ...behind, text: value }];
  if (typeof value === 'number') {
    const text = String(value);
    return text.replace(/\D/g, '').length < FEWEST_DIGITS ? [] : [{ ...behind, text }];
  }
  if (Array.isArray(value)) return value.flatMap((item) => textsOf(item, behind));
  if (!isMembers(value)) return [];
  return Object.entries(value).flatMap(([key, part]) =>
    textsOf(part, { key, secret: behind.secret || isSecretKey(key) }),
  );
}
