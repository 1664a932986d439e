import { placeText } from '@plumbline/contracts';
import { describe, expect, test } from 'vitest';
import { parseIni } from './ini.ts';

function read(text: string) {
  const parsed = parseIni(text, 'grafana.ini');
  if (!parsed.ok) throw new Error(parsed.failure.message);
  return parsed.value;
}

describe('parseIni must read a value as Grafana does', () => {
  test.each([
    ['key = value', 'value'],
    ['key=value', 'value'],
    ['key: value', 'value'],
    ['key =', ''],
    ['key = value # a comment', 'value'],
    ['key = value;a comment', 'value'],
    ['key = "a value"', 'a value'],
    ["key = 'a value'", 'a value'],
    ['key = "one" and "two"', '"one" and "two"'],
    ['key = "pass#word"', '"pass'],
    ['key = `pass#word;x`', 'pass#word;x'],
    ['key = """pass#word"""', 'pass#word'],
    ['key = """first\n  second"""', 'first\n  second'],
    ['key = one, \\\n  two', 'one, two'],
    ['key = a=b:c', 'a=b:c'],
    ['"key" = value', 'value'],
    ['key = first\nkey = second', 'second'],
    ['\uFEFFkey = value\r\nother = x', 'value'],
    ['key = http://loki:3100/%(path)s', 'http://loki:3100/%(path)s'],
  ])('%j', (text, value) => {
    expect(read(text).value('', 'key')).toBe(value);
  });
});

test('parseIni must keep sections apart, give every place and list a repeated key twice', () => {
  const document = read(
    'app_mode = production\n\n; a comment\n[server]\n  http_port = 3000\n[ log.console ]\nlevel=info\n',
  );
  expect(document.value('', 'app_mode')).toBe('production');
  expect(document.value('server', 'http_port')).toBe('3000');
  expect(document.value('server', 'level')).toBeUndefined();
  expect(document.value('log.console', 'level')).toBe('info');
  expect(document.sections.map(({ name }) => name)).toEqual(['server', 'log.console']);
  expect(placeText(document.place('server', 'http_port'))).toBe('grafana.ini:5:3');
  expect(read('[DEFAULT]\nkey = a\nkey = b').entries.map(({ section, value }) => [section, value])).toEqual([
    ['', 'a'],
    ['', 'b'],
  ]);
});

describe('parseIni must refuse a line that it cannot read', () => {
  test.each([
    ['[server\nhttp_port = 3000', 'unclosed section: [server', 'grafana.ini:1:1'],
    ['[]', 'empty section name', 'grafana.ini:1:1'],
    ['[server]\nhttp_port', 'key-value delimiter not found: http_port', 'grafana.ini:2:1'],
    ['[server]\n = 3000', 'empty key name: = 3000', 'grafana.ini:2:2'],
    ['"key = 3', 'missing closing key quote: "key = 3', 'grafana.ini:1:1'],
    ['a = 1\nkey = """never closed\n', 'the quote that begins the value of "key" is not closed', 'grafana.ini:2:1'],
  ])('%j', (text, message, place) => {
    const parsed = parseIni(text, 'grafana.ini');
    expect(parsed).toMatchObject({ ok: false, failure: { code: 'E_CONFIG_PARSE', message } });
    expect(parsed.ok ? '' : placeText(parsed.failure.place)).toBe(place);
  });
});
