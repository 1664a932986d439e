import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createScrubber, REDACTED } from './scrubber.ts';

const SECRET = 'p"ä/s?s+w0rd & \\more';

/** Base64 with a number of unrelated bytes before the secret, so that it falls on each of the three alignments. */
const base64 = (secret: string, before: number, encoding: 'base64' | 'base64url' = 'base64') =>
  Buffer.concat([Buffer.alloc(before, 0x5a), Buffer.from(secret), Buffer.from('tail')]).toString(encoding);

/** The part of a base64 text that the secret alone decides. */
const core = (secret: string, before: number, encoding: 'base64' | 'base64url') => {
  const bits = (before + Buffer.byteLength(secret)) * 8;
  return base64(secret, before, encoding).slice(Math.ceil((before * 8) / 6), Math.floor(bits / 6));
};

function formsOf(secret: string): Readonly<Record<string, string>> {
  const aligned = [0, 1, 2].flatMap((before) =>
    (['base64', 'base64url'] as const).map((encoding) => [
      `${encoding} after ${before} bytes`,
      core(secret, before, encoding),
    ]),
  );
  return {
    raw: secret,
    'URL-encoded': encodeURIComponent(secret),
    'form-encoded': new URLSearchParams([['', secret]]).toString().slice(1),
    'JSON-escaped': JSON.stringify(secret).slice(1, -1),
    ...Object.fromEntries(aligned),
  };
}

describe('createScrubber', () => {
  it.each(Object.entries(formsOf(SECRET)))('must remove a secret that is %s', (_, form) => {
    expect(createScrubber([SECRET]).text(`before ${form} after`)).toBe(`before ${REDACTED} after`);
    expect(createScrubber(['another secret']).text(`before ${form} after`)).toBe(`before ${form} after`);
  });

  it.each([0, 1, 2])('must remove a secret from a longer base64 text, %i bytes after its start', (before) => {
    for (const encoding of ['base64', 'base64url'] as const) {
      const clean = createScrubber([SECRET]).text(base64(SECRET, before, encoding));
      expect(clean).toContain(REDACTED);
      expect(clean).not.toContain(core(SECRET, before, encoding));
    }
  });

  it('must let no form of any secret survive', () => {
    const secrets = fc.string({ unit: 'grapheme', minLength: 6, maxLength: 40 });
    const noise = fc.string({ unit: 'grapheme-ascii', maxLength: 20 });
    fc.assert(
      fc.property(secrets, noise, noise, (secret, before, after) => {
        fc.pre(secret.length >= 6 && !REDACTED.includes(secret));
        for (const form of Object.values(formsOf(secret))) {
          expect(createScrubber([secret]).text(before + form + after)).not.toContain(form);
        }
      }),
    );
  });

  it('must remove the whole of a secret that another secret is a part of', () => {
    const scrubber = createScrubber(['secret', 'secret-and-more']);
    expect(scrubber.text('[secret-and-more] [secret]')).toBe(`[${REDACTED}] [${REDACTED}]`);
  });

  it('must reach every value and key of a document, and leave the rest as it is', () => {
    const scrubber = createScrubber();
    scrubber.add('s3cret-value');
    const document = { a: ['x s3cret-value', { 's3cret-value': 1 }], n: 2, yes: true, none: null };
    expect(scrubber.value(document)).toEqual({
      a: [`x ${REDACTED}`, { [REDACTED]: 1 }],
      n: 2,
      yes: true,
      none: null,
    });
  });

  it('must know a secret from the moment it is added', () => {
    const scrubber = createScrubber();
    expect(scrubber.text('s3cret-value')).toBe('s3cret-value');
    scrubber.add('s3cret-value');
    expect(scrubber.text('s3cret-value')).toBe(REDACTED);
  });

  it('must leave alone what holds no secret, and never remove a word too short to be one', () => {
    const scrubber = createScrubber(['abcde', 's3cret-value']);
    expect(scrubber.text('abcde and s3cret-valu')).toBe('abcde and s3cret-valu');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        fc.pre(!text.includes('s3cret'));
        expect(scrubber.text(text)).toBe(text);
      }),
    );
  });
});
