import { expect, test } from 'vitest';
import { translateRe2 } from './re2.ts';

test.each([
  ['a.b', false, ['xaqb', 'a\rb'], ['a\nb', 'ab']],
  ['a.b', true, ['aqb', 'a\nb'], ['xaqb']],
  ['(?i)warn(ing)?', false, ['WARNING'], ['wan']],
  ['(?s)a.b', false, ['a\nb'], ['ab']],
  ['(?P<year>\\d{4})-x', false, ['2026-x'], ['26-x']],
  ['\\Aab\\z', false, ['ab'], ['cab', 'abc']],
  ['a{,2}', false, ['a{,2}'], ['aa']],
  ['{"k":1}', false, ['{"k":1}'], ['k:1']],
  ['[]a]+', true, [']a]'], ['b']],
  ['[{}()|/]', true, ['{', '|', '/'], ['a']],
  ['[^]a]', true, ['b'], [']']],
  ['x]', false, ['x]'], ['x']],
  ['a\\-b\\/c\\"', false, ['a-b/c"'], ['a_b']],
  ['\\s', false, [' ', '\t'], ['\u00a0', '\v']],
  ['[\\s.]', true, ['.', ' '], ['a']],
  ['\\bid=\\w+\\b', false, ['x id=7'], ['xid=7']],
  ['é+', true, ['éé'], ['e']],
] as const)('%s (whole: %s) must match what RE2 matches', (pattern, whole, matched, unmatched) => {
  const result = translateRe2(pattern, whole);
  if (!result.ok) throw new Error(result.failure);
  expect(matched.filter((text) => !result.value.test(text))).toEqual([]);
  expect(unmatched.filter((text) => result.value.test(text))).toEqual([]);
});

test.each([
  ['(', 'error parsing regexp: invalid syntax: `(`'],
  ['a(?=b)', 'error parsing regexp: invalid or unsupported Perl syntax: `(?=`'],
  ['(?<!a)b', 'error parsing regexp: invalid or unsupported Perl syntax: `(?<`'],
  ['(a)\\1', 'error parsing regexp: invalid escape sequence: `\\1`'],
  ['(?U)a+', 'error parsing regexp: flag (?U) of RE2 cannot be run by this stand-in: `(?U)a+`'],
  ['a(?i:b)', 'error parsing regexp: flags inside a pattern of RE2 cannot be run by this stand-in: `a(?i:b)`'],
  ['[[:alpha:]]', 'error parsing regexp: POSIX classes of RE2 cannot be run by this stand-in: `[[:alpha:]]`'],
  ['\\pL', 'error parsing regexp: \\p of RE2 cannot be run by this stand-in: `\\pL`'],
])('%s must be refused by name', (pattern, message) => {
  const result = translateRe2(pattern, false);
  expect(result.ok ? 'translated' : result.failure).toBe(message);
});
