import { failure, notPassed, type RunEvent } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { githubReporter } from './github.ts';

function annotations(event: RunEvent): readonly string[] {
  const lines: string[] = [];
  githubReporter((line) => lines.push(line), '/checkout/here')(event);
  return lines;
}

const check = (verdict: 'warn' | 'fail' | 'unknown', file: string): RunEvent => ({
  type: 'step_event',
  step: 'verify',
  event: {
    type: 'check',
    check: notPassed(
      { id: 'a', summary: 'x' },
      verdict,
      failure('E_RUNTIME_TIMEOUT', 'one\ntwo 100%\r', {
        place: { file, line: 3, column: 4, pointer: '/a' },
        hint: 'h: i, j',
      }),
    ),
  },
});

describe('an annotation', () => {
  it('must stand at the file and line of a check that did not pass, escaped', () => {
    expect(annotations(check('fail', '/checkout/here/config/a,b:c.json'))).toEqual([
      '::error file=config/a%2Cb%3Ac.json,line=3,col=4,title=E_RUNTIME_TIMEOUT::one%0Atwo 100%25%0D%0Ah: i, j',
    ]);
    expect(annotations(check('unknown', '/elsewhere/x.json'))[0]).toMatch(/^::error file=\/elsewhere\/x\.json,line=3,/);
    expect(annotations(check('warn', '/checkout/here/x'))[0]).toMatch(/^::warning file=x,/);
  });

  it('must name no file where none is known', () => {
    const found = failure('E_ENV_LOCKED', 'busy');
    expect(annotations({ type: 'failure', failure: found })).toEqual(['::error title=E_ENV_LOCKED::busy']);
  });

  it('must not be made of what went well', () => {
    const good = { id: 'a', verdict: 'pass', required: true, summary: 'x', evidence: {} } as const;
    expect(annotations({ type: 'step_event', step: 'a', event: { type: 'check', check: good } })).toEqual([]);
    expect(annotations({ type: 'step_ended', step: 'a', status: 'pass', summary: 'x', duration_ms: 1 })).toEqual([]);
  });
});
