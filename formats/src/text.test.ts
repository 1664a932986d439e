import { describe, expect, it } from 'vitest';
import { decodeText } from './text.ts';

function read(...parts: readonly (string | readonly number[])[]): string {
  const bytes = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))));
  const decoded = decodeText(bytes, 'f.json');
  if (decoded.ok) return decoded.value;
  const { code, place, message } = decoded.failure;
  return `${code} ${place?.file}:${place?.line}:${place?.column} ${message}`;
}

describe('decodeText', () => {
  it('must give UTF-8 back as it is, with characters of every length', () => {
    const text = '{"a": "é€😀\u{10ffff}"}\r\n';
    expect(read(text)).toBe(text);
    expect(read()).toBe('');
  });

  it.each([
    [
      'UTF-16, little end first',
      [[0xff, 0xfe], '{}'],
      '1:1 f.json is not plain UTF-8 text: it starts with the byte order mark of UTF-16',
    ],
    [
      'UTF-16, big end first',
      [[0xfe, 0xff], '{}'],
      '1:1 f.json is not plain UTF-8 text: it starts with the byte order mark of UTF-16',
    ],
    ['UTF-16 without a mark', [[0x7b, 0x00, 0x7d, 0x00]], '1:2 f.json is not plain UTF-8 text: it holds a NUL byte'],
    [
      'a byte order mark',
      [[0xef, 0xbb, 0xbf], '{}'],
      '1:1 f.json is not plain UTF-8 text: it starts with a byte order mark',
    ],
    ['a NUL', ['{\n "é": "', [0], '"}'], '2:8 f.json is not plain UTF-8 text: it holds a NUL byte'],
    ['Latin-1', ['{\n"a": "caf', [0xe9], '"}'], '2:10 f.json is not plain UTF-8 text: the byte 0xe9 is no UTF-8'],
    [
      'a character that the end cuts off',
      ['ab', [0xe2, 0x82]],
      '1:3 f.json is not plain UTF-8 text: the byte 0xe2 is no UTF-8',
    ],
  ] as const)('must refuse %s', (_, parts, expected) => {
    expect(read(...parts)).toBe(`E_CONFIG_NOT_TEXT f.json:${expected}`);
  });
});
