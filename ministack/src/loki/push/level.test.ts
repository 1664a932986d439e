import { expect, test } from 'vitest';
import { levelOf } from './level.ts';

test.each([
  ['nothing said', 'info'],
  ['an error happened', 'error'],
  ['ERROR x', 'error'],
  ['Error x', 'info'],
  ['warning: x', 'warn'],
  ['warn x', 'info'],
  ['critical: x', 'critical'],
  ['debug: x', 'debug'],
  ['level=warn msg=x', 'warn'],
  ['{"level":"error","msg":"boom"}', 'error'],
  ['{"level":"info","msg":"hello"}', 'debug'],
  ['{"level": "info", "msg": "hello"}', 'info'],
  ['{"level":"INFO","message":"test log levels"}', 'debug'],
])('%s is taken for %s, as by Loki 3.0.0', (line, level) => {
  expect(levelOf(line, {}, {})).toBe(level);
});

test('a label or metadata that names the level must be believed before the line', () => {
  expect(levelOf('an error', { level: 'trace' }, { level: 'warn' })).toBe('trace');
  expect(levelOf('an error', {}, { severity: 'warn' })).toBe('warn');
  expect(levelOf('an error', {}, { severity_number: '5' })).toBe('debug');
  expect(levelOf('an error', {}, { severity_number: 'x' })).toBe('info');
});
