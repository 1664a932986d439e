import { describe, expect, it } from 'vitest';
import { replacer } from './replace.ts';

function run(expression: string, template: string, text: string): string {
  const replace = replacer(expression, template);
  if (!replace.ok) throw new Error(replace.failure);
  return replace.value(text);
}

describe('replacer', () => {
  it.each([
    ['(?i)password=(\\S+)', '[REDACTED]', 'a Password=x b PASSWORD=y', 'a Password=[REDACTED] b PASSWORD=[REDACTED]'],
    ['(?i)password=\\S+', '[REDACTED]', 'a password=x', 'a password=x'],
    ['(\\d+)-(\\d+)', '*', '1-2 3-4', '*-* *-*'],
    ['((a)b)c', '*', 'abc', '*c'],
    ['(a)|(b)', '<{{ .Value }}>', 'ab', '<a><b>'],
    ['(é+)x', '$1', 'aééx', 'a$1x'],
    ['(\\d+)', '', 'a1b22', 'ab'],
    ['(z)', '*', 'abc', 'abc'],
  ])('%s with %s must make of %j %j', (expression, template, text, expected) => {
    expect(run(expression, template, text)).toBe(expected);
  });

  it.each([
    ['(a)', '{{ .Value | ToUpper }}', 'not implemented'],
    ['(a)', '{{ .Value', 'unclosed action'],
    ['(a', '*', 'missing closing )'],
  ])('%s with %s must be refused: %s', (expression, template, message) => {
    const result = replacer(expression, template);
    expect(result.ok).toBe(false);
    if (!result.ok) expect(result.failure).toContain(message);
  });
});
