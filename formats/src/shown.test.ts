import { describe, expect, it } from 'vitest';
import { cut, shown, textOf } from './shown.ts';

describe('shown', () => {
  it.each([
    ['a', '"a"'],
    ['\u001b[31m\n', '"\\u001b[31m\\n"'],
    [{ toString: 1 }, '{"toString":1}'],
    [undefined, 'undefined'],
    ['x'.repeat(200), `"${'x'.repeat(119)}…`],
  ])('must show %j as %s', (value, expected) => {
    expect(shown(value)).toBe(expected);
    expect(cut(expected)).toBe(expected.length > 121 ? cut(expected) : expected);
  });
});

describe('textOf', () => {
  it.each([
    ['a', 'a'],
    [7, '7'],
    [null, 'null'],
    [Object.create(null), '{}'],
    [{ toString: 1, valueOf: 2 }, '{"toString":1,"valueOf":2}'],
  ])('must answer %j with a text, whatever it calls its members', (value, expected) => {
    expect(textOf(value)).toBe(expected);
  });
});
