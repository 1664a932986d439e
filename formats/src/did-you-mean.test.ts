import { describe, expect, it } from 'vitest';
import { didYouMean, nearest } from './did-you-mean.ts';

const PREFIX = 'PLUMBLINE_';
const variables = ['ENGINE', 'STACK', 'PORTS__LOKI'].map((name) => `${PREFIX}${name}`);

describe('didYouMean', () => {
  it.each([
    ['lokii', ['alloy', 'loki'], '; did you mean "loki"?'],
    ['grafana', ['loki', 'alloy'], ''],
    ['no', ['up', 'down'], ''],
    ['x', ['y'], ''],
    ['x', [], ''],
    ['ab', ['a\u001b'], '; did you mean "a\\u001b"?'],
  ])('must answer %j among %j with %j', (word, candidates, expected) => {
    expect(didYouMean(word, candidates)).toBe(expected);
  });

  it.each(['TOKEN', 'DEBUG', 'X', ''])('must suggest nothing for a %j that has only the prefix in common', (name) => {
    expect(didYouMean(`${PREFIX}${name}`, variables, PREFIX)).toBe('');
  });

  it.each([
    ['ENGIN', 'ENGINE'],
    ['PORTS__LOKKI', 'PORTS__LOKI'],
  ])('must find behind the prefix for %s %s', (name, expected) => {
    expect(nearest(`${PREFIX}${name}`, variables, PREFIX)).toBe(`${PREFIX}${expected}`);
  });
});

describe('nearest', () => {
  it('must be the closest candidate, and not the first that is close', () => {
    expect(nearest('lokis', ['logis', 'loki', 'lokis2'])).toBe('logis');
    expect(nearest('lokii', ['logs', 'loki'])).toBe('loki');
  });

  it('must take capitals for small letters', () => {
    expect(nearest('LOKI', ['alloy', 'loki'])).toBe('loki');
  });
});
