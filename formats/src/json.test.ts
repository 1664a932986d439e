import { describe, expect, it } from 'vitest';
import { type JsonDocument, parseJson } from './json.ts';

function read(text: string): JsonDocument {
  const parsed = parseJson(text, 'f.json');
  if (!parsed.ok) throw new Error(parsed.failure.message);
  return parsed.value;
}

function problem(text: string) {
  const parsed = parseJson(text, 'f.json');
  if (parsed.ok) throw new Error('it was accepted');
  const { code, message, place } = parsed.failure;
  return `${code} ${place?.file}:${place?.line}:${place?.column} ${message}`;
}

describe('parseJson', () => {
  it('must read values, with comments of both kinds', () => {
    const text = '// the first\n{ "a": [1, null, true], /* inner */ "b": { "c": "é\\n" } } // last';
    expect(read(text).value).toEqual({ a: [1, null, true], b: { c: 'é\n' } });
  });

  it.each([
    ['', '1:1 the file is empty'],
    [' \n ', '2:2 the file is empty'],
    ['// only a comment', '1:18 value expected'],
    ['{"a":1,}', '1:8 property name expected'],
    ['[1,\n]', '2:1 value expected'],
    ['{"a" 1}', '1:6 colon expected'],
    ['{"a":1', '1:7 close brace expected'],
    ['{"a":1} x', '1:9 invalid symbol'],
    ["{'a':1}", '1:2 invalid symbol'],
    ['{"a": NaN}', '1:7 invalid symbol'],
    ['\ufeff{}', '1:1 invalid symbol'],
    [
      '{"a":\n["\\ud83d\\ude00", "\\ud83d"]}',
      '2:18 an escape stands for half a character: a surrogate without the other',
    ],
    ['{"a":1,\n "b":{"c":1,\r\n "c":2}}', '3:2 the key "c" is given twice'],
  ])('must refuse %j with its place', (text, expected) => {
    expect(problem(text)).toBe(`E_CONFIG_PARSE f.json:${expected}`);
  });

  it('must give an object a member for every key, whatever it is called', () => {
    const { value } = read('{"__proto__": {"a": 1}, "toString": 2}') as { value: Record<string, unknown> };
    expect(Object.keys(value)).toEqual(['__proto__', 'toString']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect({}).not.toHaveProperty('a');
  });

  it('must take a trailing comma where it is asked for, and no second one', () => {
    const text = '{"a": [1, 2,], // last\n}';
    const parsed = parseJson(text, 'f.json', { trailingCommas: true });
    expect(parsed.ok && parsed.value.value).toEqual({ a: [1, 2] });
    expect(parseJson('[1,,]', 'f.json', { trailingCommas: true }).ok).toBe(false);
  });

  it('must read a hundred levels, and refuse ten thousand where they become too many', () => {
    expect(read('['.repeat(100) + ']'.repeat(100)).value).toHaveLength(1);
    expect(problem('['.repeat(10_000))).toBe('E_CONFIG_PARSE f.json:1:101 nested more than 100 levels deep');
    expect(problem('{"a":\n'.repeat(10_000))).toBe('E_CONFIG_PARSE f.json:101:1 nested more than 100 levels deep');
  });

  it('must take the same key in two objects, and a key that JavaScript gives a meaning, as what they are', () => {
    expect(read('[{"a":1},{"a":2}]').value).toEqual([{ a: 1 }, { a: 2 }]);
    const value = read('{"__proto__":{"x":1}}').value as object;
    expect(Object.keys(value)).toEqual(['__proto__']);
    expect('x' in value).toBe(false);
  });
});

describe('place', () => {
  const document = read('{\n  "a": {\n    "b/c~": [10, {"d": 1}],\n    "7": true\n  }\n}');

  it.each([
    [['a', 'b/c~', 1, 'd'], false, '3:24 /a/b~1c~0/1/d'],
    [['a', 'b/c~', 1, 'd'], true, '3:19 /a/b~1c~0/1/d'],
    [['a', 'b/c~', 0], false, '3:14 /a/b~1c~0/0'],
    [['a', '7'], false, '4:10 /a/7'],
    [['a', '7'], true, '4:5 /a/7'],
    [[], false, '1:1 '],
  ] as const)('must give the line and column of %j (its key: %s)', (path, key, expected) => {
    const { file, line, column, pointer } = document.place(path, key);
    expect(file).toBe('f.json');
    expect(`${line}:${column} ${pointer}`).toBe(expected);
  });

  it('must give the nearest parent of what is not there, and point at what was asked for', () => {
    expect(document.place(['a', 'nope', 'x'])).toEqual({ file: 'f.json', line: 2, column: 8, pointer: '/a/nope/x' });
    expect(document.place(['nope'], true)).toEqual({ file: 'f.json', line: 1, column: 1, pointer: '/nope' });
  });
});
