import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSource, readWritten } from '../formats/src/source.ts';
import { files } from '../runner/src/adapters/files.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'plumb source '));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function read(name: string): Promise<unknown> {
  const source = await readSource(join(folder, name), files);
  if (source.ok) return source.value.document.value;
  const { code, message, place } = source.failure;
  return `${code} ${place?.line ?? ''}:${place?.column ?? ''} ${message}`.replaceAll(`${folder}/`, '');
}

const write = (name: string, content: string | Buffer) => writeFileSync(join(folder, name), content);

describe('readSource', () => {
  it('must read JSON with comments and trailing commas, YAML 1.2 with anchors, and through a link', async () => {
    write('a.json', '{ // one\n "a": [1, 2,], /* two */\n}');
    expect(await read('a.json')).toEqual({ a: [1, 2] });
    write('a.yaml', 'a: &x {yes: no}\nb: *x\n');
    expect(await read('a.yaml')).toEqual({ a: { yes: 'no' }, b: { yes: 'no' } });
    symlinkSync('a.json', join(folder, 'link.json'));
    expect(await read('link.json')).toEqual({ a: [1, 2] });
  });

  const bad: readonly (readonly [string, string, string | Buffer, string])[] = [
    ['what is cut off', 'b.json', '{"a": {"b": 1', 'E_CONFIG_PARSE 1:14 close brace expected'],
    ['YAML that is cut off', 'b.yaml', 'a: {b: "c', 'E_CONFIG_PARSE 1:10 Missing closing "quote'],
    ['ten thousand levels', 'b.json', '['.repeat(10_000), 'E_CONFIG_PARSE 1:101 nested more than 100 levels deep'],
    [
      'ten thousand levels of YAML',
      'b.yml',
      '- '.repeat(10_000),
      'E_CONFIG_PARSE 1:201 nested more than 100 levels deep',
    ],
    ['a key given twice', 'b.json', '{"a": 1,\n "a": 2}', 'E_CONFIG_PARSE 2:2 the key "a" is given twice'],
    ['a key given twice in YAML', 'b.yaml', 'a: 1\na: 2', 'E_CONFIG_PARSE 2:1 Map keys must be unique'],
    [
      'UTF-16',
      'b.json',
      Buffer.from('\ufeff{"a": 1}', 'utf16le'),
      'E_CONFIG_NOT_TEXT 1:1 b.json is not plain UTF-8 text: it starts with the byte order mark of UTF-16',
    ],
    [
      'Latin-1',
      'b.json',
      Buffer.from('{"a":\n "é"}', 'latin1'),
      'E_CONFIG_NOT_TEXT 2:3 b.json is not plain UTF-8 text: the byte 0xe9 is no UTF-8',
    ],
    ['a NUL byte', 'b.json', '{"a\0": 1}', 'E_CONFIG_NOT_TEXT 1:4 b.json is not plain UTF-8 text: it holds a NUL byte'],
    [
      'a byte order mark',
      'b.json',
      '\ufeff{}',
      'E_CONFIG_NOT_TEXT 1:1 b.json is not plain UTF-8 text: it starts with a byte order mark',
    ],
    ['a tab before a key of YAML', 'b.yaml', 'a:\n\tb: 1', 'E_CONFIG_PARSE 2:1 Tabs are not allowed as indentation'],
  ];
  it.each(bad)('must refuse %s', async (_, name, content, expected) => {
    write(name, content);
    expect(await read(name)).toContain(expected);
  });

  it('must read a file of exactly the limit, and refuse one of 100 MB before it reads it', async () => {
    write('limit.json', `{}${' '.repeat(1024 * 1024 - 2)}`);
    expect(await read('limit.json')).toEqual({});
    write('limit.json', `{}${' '.repeat(1024 * 1024 - 1)}`);
    expect(await read('limit.json')).toContain('E_CONFIG_PARSE');
    write('big.json', '');
    truncateSync(join(folder, 'big.json'), 100_000_000);
    const whole = { ...files, read: async () => Promise.reject(new Error('it was read')) };
    const refused = await readSource(join(folder, 'big.json'), whole);
    expect(refused).toMatchObject({
      failure: {
        message: expect.stringMatching(/ has 100000000 bytes; a file of its kind has 1048576 \(1 MiB\) at most$/),
      },
    });
  });

  it('must refuse what is no file, and not wait for it', async () => {
    symlinkSync('loop.json', join(folder, 'loop.json'));
    expect(await read('loop.json')).toBe('E_ENV_UNREADABLE : cannot read loop.json: it is a circle of symbolic links');
    symlinkSync('/dev/zero', join(folder, 'zero.json'));
    expect(await read('zero.json')).toMatch(
      /E_ENV_UNREADABLE .* a symbolic link to \/dev\/zero, where a pipe, a device or a socket is/,
    );
    mkdirSync(join(folder, 'folder.json'));
    expect(await read('folder.json')).toBe('E_ENV_UNREADABLE : cannot read folder.json: it is a directory');
    symlinkSync('none', join(folder, 'dangling.json'));
    expect(await read('dangling.json')).toMatch(/E_CONFIG_NOT_FOUND .* a symbolic link to none, where nothing is/);
    expect(await read('none.json')).toBe('E_CONFIG_NOT_FOUND : cannot read none.json: no such file or directory');
  });
});

describe('readWritten', () => {
  it('must read plain JSON of any length that an artifact has, and refuse what only a person writes', async () => {
    const file = join(folder, 'written.json');
    const problem = async (text: string) => {
      writeFileSync(file, text);
      const read = await readWritten(file, files);
      return read.ok ? 'accepted' : `${read.failure.code} ${read.failure.place?.line}:${read.failure.place?.column}`;
    };
    expect(await problem(`{"a": "${'x'.repeat(2 * 1024 * 1024)}"}`)).toBe('accepted');
    expect(await problem('{"a": 1}')).toBe('accepted');
    expect(await problem('{\n"a": [1,]}')).toBe('E_CONFIG_PARSE 2:9');
    expect(await problem('{ // one\n}')).toBe('E_CONFIG_PARSE 1:3');
    expect(await problem('{"a": 1,\n"a": 2}')).toBe('E_CONFIG_PARSE 2:1');
    expect(await problem('{"a": "\0"}')).toBe('E_CONFIG_NOT_TEXT 1:8');
    expect(await problem('['.repeat(101))).toBe('E_CONFIG_PARSE 1:101');
  });
});
