import { describe, expect, it } from 'vitest';
import { parseYaml, writeYaml, type YamlDocument } from './yaml.ts';

function read(text: string): YamlDocument {
  const parsed = parseYaml(text, 'f.yml');
  if (!parsed.ok) throw new Error(parsed.failure.message);
  return parsed.value;
}

describe('parseYaml', () => {
  it('must read values by YAML 1.2, and aliases', () => {
    expect(read('a: yes\nb: 0o10\nc: &x [1, ~]\nd: *x\n').value).toEqual({
      a: 'yes',
      b: 8,
      c: [1, null],
      d: [1, null],
    });
    expect(read('').value).toBeNull();
    expect(read('a: &a [&a 1, *a]').value).toEqual({ a: [1, 1] });
  });

  it('must read a map of twenty thousand keys at once, and still see that one of them stands twice', () => {
    const keys = Array.from({ length: 20_000 }, (_, n) => `key${n}: ${n}\n`).join('');
    expect(Object.keys(read(keys).value as object)).toHaveLength(20_000);
    expect(parseYaml(`${keys}key7: 1\n`, 'f.yml')).toMatchObject({
      failure: { message: 'Map keys must be unique', place: { line: 20_001, column: 1 } },
    });
  });

  const aliases = (name: string, of: string) => `${name}: &${name} [${Array(10).fill(of).join(', ')}]\n`;
  it.each([
    ['a: 1\na: 2', '2:1', 'Map keys must be unique'],
    ['a: {b: 1, b: 2}', '1:11', 'Map keys must be unique'],
    ['a:\n\tb: 1', '2:1', 'Tabs are not allowed'],
    ['a: 1\n---\nb: 2', '2:1', 'the file holds more than one document'],
    ['a: 1\n"a": 2', '2:1', 'Map keys must be unique'],
    ['1: a\n"1": b', '2:1', 'Map keys must be unique'],
    ['x: &a [*a]', '1:8', 'an alias stands inside what it stands for'],
    ['a: &l {x: {y: *l}}', '1:15', 'an alias stands inside what it stands for'],
    ['a: "x', '1:6', 'Missing closing'],
    ['a: 1\nb: *x', '2:4', 'Unresolved alias'],
    ['? [1]\n: 2', '1:3', 'a key is a text'],
    ['a: &a {b: 1}\n*a : 2', '2:1', 'a key is a text'],
    ['a: 1\nb: "\\ud800"', '2:4', 'half a character'],
    ['a: 1\nb: !reset x', '2:4', 'Unresolved tag'],
    [aliases('a', '1') + aliases('b', '*a') + aliases('c', '*b') + aliases('d', '*c'), '2:8', 'Excessive alias count'],
  ])('must refuse %j at %s', (text, at, message) => {
    const parsed = parseYaml(text, 'f.yml');
    if (parsed.ok) throw new Error('it was accepted');
    const { code, place } = parsed.failure;
    expect(`${code} ${place?.file}:${place?.line}:${place?.column}`).toBe(`E_CONFIG_PARSE f.yml:${at}`);
    expect(parsed.failure.message).toContain(message);
  });
});

describe('levels', () => {
  it.each([
    ['lists in lists', (n: number) => '- '.repeat(n)],
    ['brackets', (n: number) => '['.repeat(n) + ']'.repeat(n)],
    ['maps in brackets', (n: number) => '{a: '.repeat(n / 2) + '}'.repeat(n / 2)],
    ['maps below each other', (n: number) => Array.from({ length: n / 2 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
  ])('must read ninety of %s, and refuse ten thousand', (_, nested) => {
    expect(parseYaml(nested(90), 'f.yml')).toMatchObject({ ok: true });
    const refused = parseYaml(nested(10_000), 'f.yml');
    if (refused.ok) throw new Error('it was accepted');
    expect(refused.failure).toMatchObject({ code: 'E_CONFIG_PARSE', message: 'nested more than 100 levels deep' });
  });

  it('must refuse ten thousand keys that are lists', () => {
    expect(parseYaml('? '.repeat(10_000), 'f.yml')).toMatchObject({
      failure: { message: 'nested more than 100 levels deep' },
    });
  });

  it('must not count what is side by side, in a scalar or in a comment', () => {
    const flat = Array.from({ length: 500 }, (_, n) => `- k${n}:\n    - [1, {a: '[[[['}]\n  # [[[[\n`).join('');
    expect(parseYaml(flat, 'f.yml')).toMatchObject({ ok: true });
    expect(parseYaml(`a: |\n${'  [[[[ - - -\n'.repeat(100)}`, 'f.yml')).toMatchObject({ ok: true });
  });
});

describe('place', () => {
  const document = read('name: x\nservices:\n  loki:\n    ports:\n      - target: 1\n      -   {target: 2}\n');

  it.each([
    [['services', 'loki'], '3:3'],
    [['services', 'loki', 'ports', 0, 'target'], '5:9'],
    [['services', 'loki', 'ports', 1], '6:11'],
    [['services', 'loki', 'ports', 1, 'target'], '6:12'],
    [['services', 'loki', 'nope', 'x'], '3:3'],
    [['nope'], '1:1'],
    [[], '1:1'],
  ])('must give the place of %j, or of its nearest parent, as %s', (path, at) => {
    const { file, line, column } = document.place(path);
    expect(`${file}:${line}:${column}`).toBe(`f.yml:${at}`);
  });
});

describe('writeYaml', () => {
  it('must write what reads back as the same value, without folding', () => {
    const value = { a: ['yes', '1', 'x: y', ''], b: { c: 'word '.repeat(60).trim() } };
    expect(read(writeYaml(value)).value).toEqual(value);
    expect(writeYaml(value).split('\n').at(-2)).toContain(value.b.c);
  });
});
