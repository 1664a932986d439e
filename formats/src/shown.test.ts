import { describe, expect, it } from 'vitest';
import { cut, named, shown, textOf, visible } from './shown.ts';

describe('shown', () => {
  it.each([
    ['a', '"a"'],
    ['\u001b[31m\n', '"\\u001b[31m\\n"'],
    ['\u007f\u009b2J\u202e\u2028', '"\\u007f\\u009b2J\\u202e\\u2028"'],
    [{ toString: 1 }, '{"toString":1}'],
    [undefined, 'undefined'],
    ['x'.repeat(200), `"${'x'.repeat(119)}…`],
  ])('must show %j as %s', (value, expected) => {
    expect(shown(value)).toBe(expected);
    expect(cut(expected)).toBe(expected.length > 121 ? cut(expected) : expected);
  });
});

describe('named', () => {
  it.each([
    ['ports.loki', 'ports.loki'],
    ['/größe/日本/🙂', '/größe/日本/🙂'],
    ['a\u001b]0;pwn\u0007', 'a\\u001b]0;pwn\\u0007'],
    ['\u{e0001}', '\\udb40\\udc01'],
    ['x'.repeat(200), `${'x'.repeat(120)}…`],
  ])('must have %j as %s', (text, expected) => {
    expect(named(text)).toBe(expected);
  });

  it('must cut what visible leaves whole', () => {
    expect(visible('x'.repeat(200))).toBe('x'.repeat(200));
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
