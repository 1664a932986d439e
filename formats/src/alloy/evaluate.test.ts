import { describe, expect, it } from 'vitest';
import { evaluate, parseAlloyExpression, stdlib, type Value } from '../alloy.ts';

const library = stdlib({ env: { HOME: '/root' }, hostname: 'box', os: 'linux', arch: 'amd64' });
const names = new Map<string, Value>([
  ...library,
  [
    'o',
    new Map<string, Value>([
      ['list', [10n, 20n]],
      ['text', 'x'],
    ]),
  ],
]);

function run(source: string) {
  const expression = parseAlloyExpression(source, 'test');
  if (!expression.ok) throw new Error(expression.failure.message);
  return evaluate(expression.value, { file: 'test', names });
}

describe('evaluate', () => {
  it.each<[string, Value]>([
    ['7 / 2', 3n],
    ['7 / 2.0', 3.5],
    ['-7 % 3', -1n],
    ['2 ^ 10', 1024n],
    ['9223372036854775807 + 1', -9223372036854775808n],
    ['010', 8n],
    ['"a" + "b"', 'ab'],
    ['1 == 1.0', true],
    ['"1" == 1', false],
    ['[1, {a = 2}] == [1, {a = 2}]', true],
    ['!true || 2 > 1', true],
    ['o.list[1]', 20n],
    ['o["none"]', null],
    ['"\\x41\\u00e9\\101\\xc3\\xa9\\t"', 'AéAé\t'],
    ['`a\\n`', 'a\\n'],
    ['constants.hostname', 'box'],
    ['env("HOME") + env("NONE")', '/root'],
    ['concat([1], [], [2, 3])', [1n, 2n, 3n]],
    ['coalesce("", null, [], "x", "y")', 'x'],
    ['json_decode(`{"a":[1.5]}`).a[0]', 1.5],
    ['format("%s-%d-%.1f-%v%%", "a", 3, 2.55, true)', 'a-3-2.5-true%'],
    ['join(split("a,b", ","), "+")', 'a+b'],
    ['replace("aXbX", "X", "$&")', 'a$&b$&'],
    ['to_upper(to_lower("Ab"))', 'AB'],
    ['trim("--a-", "-") + trim_prefix("pre-b", "pre-") + trim_suffix("c.log", ".log") + trim_space(" d ")', 'abcd'],
  ])('%s must evaluate', (source, expected) => {
    expect(run(source)).toEqual({ ok: true, value: expected });
  });

  it.each([
    ['1 / 0', 5, 'divide by zero'],
    ['1 + "a"', 5, 'should be number, got string'],
    ['1 && true', 1, 'should be one of [bool] for binop &&, got number'],
    ['nope', 1, 'identifier "nope" does not exist'],
    ['o.nope', 3, 'field "nope" does not exist'],
    ['o.text.a', 1, 'cannot access field "a" on value of type string'],
    ['o.list[2]', 8, 'index 2 is out of range of array with length 2'],
    ['o.list["a"]', 8, 'should be number, got string'],
    ['o()', 1, 'should be function, got object'],
    ['concat(1)', 1, 'argument 1 should be array, got number'],
    ['split("a")', 1, 'expected 2 args, got 1'],
    ['yaml_decode("a")', 1, 'not implemented'],
  ])('%s must fail at column %i: %s', (source, column, message) => {
    const result = run(source);
    expect(result.ok).toBe(false);
    if (!result.ok) {
      expect(result.failure.place).toMatchObject({ file: 'test', line: 1, column });
      expect(result.failure.message).toContain(message);
    }
  });
});
