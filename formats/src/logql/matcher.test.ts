import { expect, test } from 'vitest';
import { lineFilterOf, matcherOf } from './matcher.ts';

test.each([
  ['a.b', ['aqb', 'a\nb'], ['xaqb', 'ab']],
  ['[]a]+', [']a]'], ['b']],
  ['[\\s.]', ['.', ' '], ['a']],
  ['é+', ['éé'], ['e']],
])('a label matcher =~ "%s" must mean the whole value, line breaks included', (pattern, matched, unmatched) => {
  const { test: matches } = matcherOf('l', '=~', pattern);
  expect(matched.filter((text) => !matches(text))).toEqual([]);
  expect(unmatched.filter((text) => matches(text))).toEqual([]);
});

test.each([
  ['a.b', ['xaqb', 'a\rb'], ['a\nb', 'ab']],
  ['(?i)warn(ing)?', ['a WARNING'], ['wan']],
  ['\\Aab\\z', ['ab'], ['cab', 'abc']],
  ['a{,2}', ['a{,2}'], ['aa']],
  ['{"k":1}', ['x{"k":1}'], ['k:1']],
  ['\\bid=\\w+\\b', ['x id=7'], ['xid=7']],
])('a line filter |~ "%s" must find it anywhere in the line', (pattern, matched, unmatched) => {
  const { test: matches } = lineFilterOf('|~', [pattern]);
  expect(matched.filter((text) => !matches(text))).toEqual([]);
  expect(unmatched.filter((text) => matches(text))).toEqual([]);
});

test.each(['(', 'a(?=b)', '(?<!a)b', '(a)\\1'])('the pattern %s, which RE2 refuses, must be refused', (pattern) => {
  expect(() => matcherOf('l', '=~', pattern)).toThrow(/error parsing regexp/);
});
