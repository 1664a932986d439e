import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { base64, core, formsOf } from '../../tests/support/secret-forms.ts';
import { createScrubber, REDACTED } from './scrubber.ts';

const SECRET = `p"ä/s?s+w0rd & \\it's <more>\u{1f511}`;

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

  it('must know each long line of a secret that has several, indented or not', () => {
    const scrubber = createScrubber(['-----BEGIN KEY-----\nMIIEowIBAAKCAQEA0123\nabc\n']);
    expect(scrubber.text('key: |\n  MIIEowIBAAKCAQEA0123\n  abc')).toBe(`key: |\n  ${REDACTED}\n  abc`);
  });

  it('must learn two thousand secrets before it says a word, and know each of them', () => {
    const scrubber = createScrubber();
    for (let n = 0; n < 2000; n += 1) scrubber.add(`${n}-is-a-secret`);
    expect(scrubber.text('7-is-a-secret, 1999-is-a-secret')).toBe(`${REDACTED}, ${REDACTED}`);
  });

  it('must leave no start of a secret before a cut, and leave alone what is cut and is none', () => {
    const scrubber = createScrubber(['s3cret-value-of-a-long-name', 'with … in it']);
    expect(scrubber.text('it is s3cret-value… and more')).toBe(`it is ${REDACTED}… and more`);
    expect(scrubber.text('it is s3cre… and words… s3cret')).toBe('it is s3cre… and words… s3cret');
    expect(scrubber.text('a s3cret-valuation…')).toBe('a s3cret-valuation…');
    expect(scrubber.text('[with … in it] s3cret-value-of-a-long-name…')).toBe(`[${REDACTED}] ${REDACTED}…`);
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

/** What a stream makes of these pieces. */
function streamed(secrets: readonly string[], pieces: readonly Uint8Array[]): Buffer {
  const stream = createScrubber(secrets).stream();
  return Buffer.concat([...pieces.map((piece) => stream.push(piece)), stream.end()]);
}

/** Bytes cut at these places, taken modulo their number. */
function cut(bytes: Buffer, places: readonly number[]): readonly Buffer[] {
  const at = [...new Set([0, ...places.map((place) => place % (bytes.length + 1)), bytes.length])].sort(
    (a, b) => a - b,
  );
  return at.slice(1).map((end, n) => bytes.subarray(at[n], end));
}

const places = fc.array(fc.nat(1000), { maxLength: 12 });
const noise = fc.string({ unit: 'grapheme', maxLength: 20 });

describe('the stream of a scrubber', () => {
  it.each(Object.entries(formsOf(SECRET)))('must remove a secret that is %s and comes byte by byte', (_, form) => {
    const bytes = Buffer.from(`before ${form} after`);
    const pieces = [...bytes].map((byte) => Uint8Array.of(byte));
    expect(streamed([SECRET], pieces).toString()).toBe(`before ${REDACTED} after`);
    expect(streamed(['another secret'], pieces)).toEqual(bytes);
    // Piece by piece for itself it would pass.
    const clean = createScrubber([SECRET]);
    const each = Buffer.concat(
      pieces.map((piece) => Buffer.from(clean.text(Buffer.from(piece).toString('latin1')), 'latin1')),
    );
    expect(each).toEqual(bytes);
  });

  it('must give the same however any text is split, whatever form of a secret it holds, and let none through', () => {
    const secrets = fc.string({ unit: 'grapheme', minLength: 6, maxLength: 24 });
    const form = fc.nat(Object.keys(formsOf(SECRET)).length - 1);
    fc.assert(
      fc.property(secrets, form, noise, noise, places, (secret, which, before, after, at) => {
        fc.pre(!REDACTED.includes(secret));
        const written = Object.values(formsOf(secret))[which] as string;
        const text = before + written + after;
        const clean = streamed([secret], cut(Buffer.from(text), at)).toString();
        expect(clean).toBe(createScrubber([secret]).text(text));
        expect(clean).not.toContain(written);
      }),
    );
  });

  it('must change no byte of what holds no secret, be it text or not', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), places, (bytes, at) => {
        const whole = Buffer.from(bytes);
        fc.pre(!whole.includes('s3cret'));
        expect(streamed(['s3cret-value', 's3cret'], cut(whole, at))).toEqual(whole);
      }),
    );
  });

  it('must find each of several secrets that overlap, or that repeat themselves, and hold back no more than one', () => {
    const secrets = ['aaaaaa', 'aaabbb', 'bbbccc'];
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 60 }), places, (text, at) => {
        const clean = createScrubber(secrets).text(text);
        expect(streamed(secrets, cut(Buffer.from(text), at)).toString()).toBe(clean);
        for (const secret of secrets) expect(clean).not.toContain(secret);
      }),
    );
    const stream = createScrubber(secrets).stream();
    expect(Buffer.from(stream.push(Buffer.from('aaaaaa-'))).toString()).toBe(`${REDACTED}-`);
    const piece = Buffer.alloc(10_000, 'a');
    const out = Array.from({ length: 10 }, () => Buffer.from(stream.push(piece)).toString());
    expect(out.join('')).toBe(REDACTED);
    expect(Buffer.from(stream.end()).toString()).toBe('');
  });

  it('must hold back nothing that cannot become a secret, and give what it held at the end', () => {
    const stream = createScrubber(['s3cret-value']).stream();
    const push = (text: string) => Buffer.from(stream.push(Buffer.from(text))).toString();
    expect(push('a line\n')).toBe('a line\n');
    expect(push('it is s3cr')).toBe('it is ');
    expect(push('ets\n')).toBe('s3crets\n');
    expect(push('s3cret-valu')).toBe('');
    expect(Buffer.from(stream.end()).toString()).toBe('s3cret-valu');
  });

  it('must know a secret that is learned while it runs', () => {
    const scrubber = createScrubber();
    const stream = scrubber.stream();
    expect(Buffer.from(stream.push(Buffer.from('s3cret-value '))).toString()).toBe('s3cret-value ');
    scrubber.add('s3cret-value');
    expect(Buffer.from(stream.push(Buffer.from('s3cret-value '))).toString()).toBe(`${REDACTED} `);
  });

  it('must give the end of a word at a pause, and still remove the secret that it turns out to begin', () => {
    const stream = createScrubber(['s3cret-value']).stream();
    const push = (text: string) => Buffer.from(stream.push(Buffer.from(text))).toString();
    const pause = () => Buffer.from(stream.pause()).toString();
    expect(push('words')).toBe('word');
    expect(pause()).toBe('s');
    expect(pause()).toBe('');
    expect(push('3')).toBe('');
    expect(pause()).toBe('3');
    expect(push('cret-value, words')).toBe(`${REDACTED}, word`);
    expect(pause()).toBe('s');
    expect(push(' and s3c')).toBe(' and ');
    expect(pause()).toBe('s3c');
    // More than that would tell something of it.
    expect(push('r')).toBe('');
    expect(pause()).toBe('');
    expect(push('y')).toBe('ry');
    expect(push('s')).toBe('');
    expect(pause()).toBe('s');
    expect(Buffer.from(stream.end()).toString()).toBe('');
  });

  it('must let through no more than three bytes of a secret at any pauses, and nothing twice', () => {
    const secrets = ['aabaac', 'baacab'];
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 40 });
    fc.assert(
      fc.property(letters, places, fc.infiniteStream(fc.boolean()), (text, at, pauses) => {
        const stream = createScrubber(secrets).stream();
        const clean = cut(Buffer.from(text), at).flatMap((piece) => {
          const out = stream.push(piece);
          return pauses.next().value === true ? [out, stream.pause()] : [out];
        });
        const said = Buffer.concat([...clean, stream.end()]).toString();
        for (const secret of secrets) expect(said).not.toContain(secret);
        const whole = createScrubber(secrets).text(text);
        // Where nothing was to be removed, nothing is added or lost.
        if (whole === text) expect(said).toBe(text);
        else {
          const kept = said.split(REDACTED).join('').length - whole.split(REDACTED).join('').length;
          expect(kept).toBeGreaterThanOrEqual(0);
          expect(kept).toBeLessThanOrEqual(3 * (said.split(REDACTED).length - 1));
        }
      }),
      { numRuns: 2000 },
    );
  });
});
