/** What stands in place of a secret in everything that leaves the process (seed 002, P8). */
export const REDACTED = '***REDACTED***';

/** Knows the secret values of a run and removes them from text. */
export interface Scrubber {
  /** From now on this value, and its base64, URL and JSON forms, are removed. Values under 6 characters are ignored. */
  add(secret: string): void;
  /** The text without any known secret. */
  text(text: string): string;
  /** The value with every string in it, keys included, scrubbed. */
  value<T>(value: T): T;
}

/** A scrubber that starts with the given secrets. */
export function createScrubber(secrets: Iterable<string> = []): Scrubber {
  const forms = new Set<string>();
  let longestFirst: string[] = [];
  const scrubber: Scrubber = {
    add(secret) {
      if (secret.length < 6) return;
      for (const form of formsOf(secret)) forms.add(form);
      longestFirst = [...forms].sort((a, b) => b.length - a.length);
    },
    text(text) {
      let clean = text;
      for (const form of longestFirst) if (clean.includes(form)) clean = clean.replaceAll(form, REDACTED);
      return clean;
    },
    value<T>(value: T): T {
      return longestFirst.length === 0 ? value : (walk(value, scrubber.text) as T);
    },
  };
  for (const secret of secrets) scrubber.add(secret);
  return scrubber;
}

/** Base64 of a secret inside a longer text starts at one of three offsets; only the bytes that they share are stable. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret, 'utf8');
  const inner = [0, 1, 2].map((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const from = shift === 0 ? 0 : shift + 1;
    const whole = Math.floor(((shift + bytes.length) * 8) / 6);
    return encoded.slice(from, whole);
  });
  const base64 = inner.filter((form) => form.length >= 6);
  return [
    secret,
    ...base64,
    ...base64.map((form) => form.replaceAll('+', '-').replaceAll('/', '_')),
    encodeURIComponent(secret),
    new URLSearchParams({ s: secret }).toString().slice(2),
    JSON.stringify(secret).slice(1, -1),
  ];
}

function walk(value: unknown, clean: (text: string) => string): unknown {
  if (typeof value === 'string') return clean(value);
  if (Array.isArray(value)) return value.map((item) => walk(item, clean));
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [clean(key), walk(item, clean)]));
  }
  return value;
}
