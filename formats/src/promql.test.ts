import { describe, expect, it } from 'vitest';
import {
  type Expr,
  formatPlainNumber,
  formatPromNumber,
  formatPromql,
  parsePromql,
  parsePromSelector,
  promqlErrorText,
} from './promql.ts';

function read(text: string): string {
  const parsed = parsePromql(text);
  return parsed.ok ? formatPromql(parsed.value) : promqlErrorText(parsed.failure);
}

/** The tree with a bracket around every operation, so that precedence shows. */
function bracketed(expr: Expr): string {
  if (expr.kind === 'binary') return `(${bracketed(expr.left)} ${expr.op} ${bracketed(expr.right)})`;
  if (expr.kind === 'unary') return `(${expr.op}${bracketed(expr.inner)})`;
  return formatPromql(expr);
}

describe('parsePromql', () => {
  it.each([
    ['a * 2 + 1', '((a * 2) + 1)'],
    ['a + 2 * 3', '(a + (2 * 3))'],
    ['2 ^ 3 ^ 2', '(2 ^ (3 ^ 2))'],
    ['-2 ^ 2', '(-(2 ^ 2))'],
    ['2 * -3 ^ 2', '(2 * (-(3 ^ 2)))'],
    ['a - b - c', '((a - b) - c)'],
    ['a or b and c unless d', '(a or ((b and c) unless d))'],
    ['a == 1 and b > 2', '((a == 1) and (b > 2))'],
    ['a + b == c * d', '((a + b) == (c * d))'],
  ])('must nest %s as Prometheus does', (text, nested) => {
    const parsed = parsePromql(text);
    expect(parsed.ok && bracketed(parsed.value)).toBe(nested);
  });

  it.each([
    ['up  ==  0', 'up == 0'],
    ['sum by(x)(rate(up[5m]))  > 1', 'sum by (x) (rate(up[5m])) > 1'],
    ['sum(up) by (a,b)', 'sum by (a, b) (up)'],
    ['sum by () (up)', 'sum(up)'],
    ['sum without () (up)', 'sum without () (up)'],
    [`up{b='c',a="d"}`, 'up{a="d",b="c"}'],
    ['{__name__="up",a!~`\\d`}', '{__name__="up",a!~"\\\\d"}'],
    ['up[90m] offset -60s', 'up[1h30m] offset -1m'],
    ['a == bool on(x) group_left(y) b', 'a == bool on (x) group_left (y) b'],
    ['a * ignoring() b', 'a * b'],
    ['1e21 + 0x1F + .5 + 1e-7', '1e+21 + 31 + 0.5 + 1e-07'],
    ['topk(3, up) # most', 'topk(3, up)'],
  ])('must print %s as Prometheus does', (text, printed) => {
    expect(read(text)).toBe(printed);
    expect(read(read(text))).toBe(read(text));
  });

  it.each([
    ['', '1:1: parse error: no expression found in input'],
    ['foo(', '1:5: parse error: unclosed left parenthesis'],
    ['foo(1)', '1:1: parse error: unknown function with name "foo"'],
    ['{}', '1:1: parse error: vector selector must contain at least one non-empty matcher'],
    ['{a=~".*"}', '1:1: parse error: vector selector must contain at least one non-empty matcher'],
    ['rate(up)', '1:6: parse error: expected type range vector in call to function "rate", got instant vector'],
    [
      'sum(\n  rate(up)\n)',
      '2:8: parse error: expected type range vector in call to function "rate", got instant vector',
    ],
    ['1 == 1', '1:3: parse error: comparisons between scalars must use BOOL modifier'],
    ['"unterminated', '1:1: parse error: unterminated quoted string'],
    ['up[5m', '1:6: parse error: unclosed left bracket'],
  ])('must refuse %j with Prometheus’s words', (text, error) => {
    expect(read(text)).toBe(error);
  });

  it.each(['holt_winters(a[5m], 1, 1)', 'a @ 5', 'max_over_time(a[5m:1m])', 'a atan2 b', 'day_of_month()'])(
    'must say of %s that it is not implemented, rather than give nothing',
    (text) => expect(read(text)).toContain('not implemented by this stand-in'),
  );

  it('must refuse what is too long or too deep, and take what is not', () => {
    expect(read(`${'('.repeat(200)}1${')'.repeat(200)}`)).toContain('1');
    expect(read(`${'('.repeat(300)}1${')'.repeat(300)}`)).toContain('nested more than');
    expect(read(`a${' '.repeat(100_001)}`)).toContain('longer than');
  });

  it('must take a selector alone where one is asked for', () => {
    expect(parsePromSelector('up{a="b"}').ok).toBe(true);
    for (const text of ['up + 1', 'up[5m]', 'up offset 5m', 'sum(up)']) expect(parsePromSelector(text).ok).toBe(false);
  });
});

describe('numbers', () => {
  it.each([
    [0.5, '0.5', '0.5'],
    [-0, '-0', '-0'],
    [3.2e-8, '3.2e-08', '0.000000032'],
    [1e21, '1e+21', '1000000000000000000000'],
    [1.25e-7, '1.25e-07', '0.000000125'],
    [1.5e300, '1.5e+300', `15${'0'.repeat(299)}`],
    [Number.NaN, 'NaN', 'NaN'],
    [Number.NEGATIVE_INFINITY, '-Inf', '-Inf'],
  ])('must write %d as the API does and plainly', (value, api, plain) => {
    expect([formatPromNumber(value), formatPlainNumber(value)]).toEqual([api, plain]);
  });
});
