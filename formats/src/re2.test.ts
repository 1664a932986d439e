import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileRe2 } from './re2.ts';

function re(source: string, options?: Parameters<typeof compileRe2>[1]): RegExp {
  const compiled = compileRe2(source, options);
  if (!compiled.ok) throw new Error(compiled.failure.message);
  return compiled.value;
}

describe('compileRe2', () => {
  it.each([
    ['(?i)password=(\\S+)', 'PassWord=x', 'Password'],
    ['a(?i)b', 'aB', 'AB'],
    ['a(?i:b)c', 'aBc', 'aBC'],
    ['(?i)[a-c]x', 'BX', 'dx'],
    ['^a$', 'a', 'a\n'],
    ['(?m)^a$', 'b\na\nc', 'ba'],
    ['a.b', 'axb', 'a\nb'],
    ['(?s)a.b', 'a\nb', 'ab'],
    ['[[:digit:]]+x', '12x', 'ax'],
    ['[^[:^digit:]]x', '1x', 'ax'],
    ['[]a]+$', ']a', 'b'],
    ['[^]a]', 'b', ']'],
    ['\\pN\\p{Greek}', '1α', 'aα'],
    ['\\Qa.b\\E+', 'a.bb', 'axb'],
    ['\\Aab\\z', 'ab', 'xab'],
    ['a{,2}', 'a{,2}', 'aa'],
    ['x{2}', 'xx', 'x'],
    ['\\x41\\x{42}\\103', 'ABC', 'ABX'],
    ['[\\d\\-_]y', '-y', 'xy'],
    ['\\bfoo\\b', 'a foo b', 'afoo'],
    ['{}', '{}', '{'],
    ['[a-]', '-', 'b'],
    ['\\/', '/', '\\'],
  ])('%s must match %j and not %j', (source, yes, no) => {
    expect(re(source).test(yes)).toBe(true);
    expect(re(source).test(no)).toBe(false);
  });

  it.each([
    ['(a', 'missing closing )'],
    ['a)', 'unexpected )'],
    ['[a', 'missing closing ]'],
    ['(?=a)', 'invalid or unsupported Perl syntax'],
    ['(?<!a)', 'invalid or unsupported Perl syntax'],
    ['\\1', 'invalid escape sequence'],
    ['\\y', 'invalid escape sequence'],
    ['a**', 'invalid nested repetition operator'],
    ['*a', 'missing argument to repetition operator'],
    ['a{1001}', 'invalid repeat count'],
    ['[b-a]', 'invalid character class range'],
    ['\\p{Nope}', 'invalid character class range'],
    ['(?P<n>a)(?P<n>b)', 'duplicate'],
    ['a\\', 'trailing backslash'],
  ])('%s must be refused: %s', (source, message) => {
    const compiled = compileRe2(source);
    expect(compiled.ok).toBe(false);
    if (!compiled.ok) expect(compiled.failure.message).toContain(message);
  });

  it('must match the whole text where full is asked for', () => {
    expect(re('a|b', { full: true }).test('ab')).toBe(false);
    expect(re('a|b', { full: true }).test('b')).toBe(true);
  });

  it('must keep names of groups and honour initial and JavaScript flags', () => {
    expect(re('(?P<word>\\w+)').exec('-ab-')?.groups).toEqual({ word: 'ab' });
    expect('aA'.replace(re('a', { flags: 'ig' }), 'x')).toBe('xx');
    expect(re('a+?').exec('aaa')?.[0]).toBe('a');
    expect(re('(?U)a+').exec('aaa')?.[0]).toBe('a');
  });

  it('must answer every text with a value', () => {
    const chars = fc.constantFrom(...'ab(?:iPms<>)[]{}^$.*+-|\\dQExp,1:=!U\n');
    fc.assert(
      fc.property(fc.array(chars, { maxLength: 16 }), (list) => {
        const compiled = compileRe2(list.join(''));
        if (!compiled.ok) expect(compiled.failure.message).not.toContain('Invalid regular expression');
      }),
      { numRuns: 2000 },
    );
  });
});
