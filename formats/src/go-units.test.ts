import { describe, expect, it } from 'vitest';
import { parseGoDuration } from './go-duration.ts';
import { parseGoSize } from './go-size.ts';

describe('parseGoDuration', () => {
  it.each([
    ['1m30s', 90_000],
    ['-1.5h', -5_400_000],
    ['250ms', 250],
    ['0', 0],
    ['1µs', 0.001],
    ['.5s', 500],
  ])('%s must be %d ms', (text, ms) => {
    expect(parseGoDuration(text)).toEqual({ ok: true, value: ms });
  });

  it.each(['', '5', '1d', 's', '1s x', '1 s', '--1s'])('%j must be refused', (text) => {
    expect(parseGoDuration(text).ok).toBe(false);
  });
});

describe('parseGoSize', () => {
  it.each([
    ['256KB', 262_144],
    ['1MiB', 1_048_576],
    ['10B', 10],
    ['1.5KiB', 1536],
  ])('%s must be %d bytes', (text, bytes) => {
    expect(parseGoSize(text)).toEqual({ ok: true, value: bytes });
  });

  it.each(['', '256', '1kb', 'KB', '1 KB', '1XB'])('%j must be refused', (text) => {
    expect(parseGoSize(text).ok).toBe(false);
  });
});
