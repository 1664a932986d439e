import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createScrubber, REDACTED } from './scrubber.ts';
import { wholeLines } from './whole-lines.ts';

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

describe('wholeLines', () => {
  it('must hand out whole lines alone, and the rest at a pause and at the end', () => {
    const stream = wholeLines(createScrubber().stream());
    const push = (said: string) => text(stream.push(Buffer.from(said)));
    expect(push('a')).toBe('');
    expect(push('b')).toBe('');
    expect(push('c\nd\ne')).toBe('abc\nd\n');
    expect(push('\n')).toBe('e\n');
    expect(push('f')).toBe('');
    expect(text(stream.pause())).toBe('f');
    expect(text(stream.pause())).toBe('');
    expect(push('g')).toBe('');
    expect(text(stream.end())).toBe('g');
    expect(text(stream.end())).toBe('');
  });

  it('must keep two streams that one log takes from breaking the lines of each other, whatever is held back', () => {
    // "t\n" may be the start of the secret, so that the scrubber holds it back until more is said.
    const scrubber = createScrubber(['t\nhe-secret']);
    const [out, errors] = [wholeLines(scrubber.stream()), wholeLines(scrubber.stream())];
    const log = [
      out.push(Buffer.from('out\n')),
      errors.push(Buffer.from('say t\nhe-secret\n')),
      out.push(Buffer.from('more\n')),
      errors.end(),
      out.end(),
    ];
    expect(text(Buffer.concat(log)).split('\n').sort()).toEqual(['', 'more', 'out', `say ${REDACTED}`]);
  });

  it('must hand out a line that does not end, in pieces', () => {
    const stream = wholeLines(createScrubber().stream());
    expect(stream.push(Buffer.alloc(16_384, 'x'))).toHaveLength(0);
    expect(stream.push(Buffer.from('y'))).toHaveLength(16_385);
    expect(stream.push(Buffer.from('z'))).toHaveLength(0);
    expect(text(stream.push(Buffer.from('\n')))).toBe('z\n');
  });

  it('must lose no byte and change no order', () => {
    const pieces = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '\n', '\r', 'ä') }), { maxLength: 20 });
    fc.assert(
      fc.property(pieces, (said) => {
        const stream = wholeLines(createScrubber().stream());
        const parts = said.map((one) => text(stream.push(Buffer.from(one))));
        for (const part of parts) expect(part === '' || part.endsWith('\n')).toBe(true);
        expect([...parts, text(stream.end())].join('')).toBe(said.join(''));
      }),
    );
  });
});
