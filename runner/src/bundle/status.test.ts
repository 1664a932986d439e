import { type Check, outcome, type Report, ROLLED_BACK } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { makeCheck } from '../../../tests/support/summary.ts';
import { statusOf, superseded } from './status.ts';
import type { StepEnd } from './step-end.ts';

function step(id: string, check: Check, more: Partial<StepEnd> = {}): StepEnd {
  const report = { checks: [check] } as unknown as Report;
  return { id, uses: id, status: check.verdict, summary: '', durationMs: 1, report, ...more };
}

const back = (verdict: Check['verdict']) => ({ ...makeCheck(verdict), id: ROLLED_BACK });
const proves = { said: outcome('', { proved: ['lines arrive'] }) };

describe('the status of a run that went back', () => {
  const apply = step('apply', makeCheck('fail'));
  const rollback = (verdict: Check['verdict'] = 'pass') => step('rollback', back(verdict), { waitsFor: ['apply'] });
  const reverify = (verdict: Check['verdict'] = 'pass', more: Partial<StepEnd> = proves) =>
    step('reverify', makeCheck(verdict), { waitsFor: ['rollback'], ...more });
  const autoheal = step('autoheal', makeCheck('pass'), { waitsFor: ['reverify'] });

  it.each([
    ['it was proved again', [apply, rollback(), reverify(), autoheal], 'rolled_back'],
    ['it was proved again with a warning', [apply, rollback(), reverify('warn')], 'rolled_back'],
    ['it was not proved', [apply, rollback(), autoheal], 'rollback_failed'],
    ['what looked at it showed nothing', [apply, rollback(), reverify('pass', {})], 'rollback_failed'],
    ['its proof failed', [apply, rollback(), reverify('fail'), autoheal], 'rollback_failed'],
    ['its proof could not look', [apply, rollback(), reverify('unknown')], 'rollback_failed'],
    [
      'only what does not follow it proved something',
      [apply, step('verify', makeCheck('pass'), proves), rollback()],
      'rollback_failed',
    ],
    ['it did not come to its end', [apply, rollback('fail')], 'rollback_failed'],
    ['there was nothing to go back to', [apply, rollback('skipped'), autoheal], 'failed'],
    ['nothing failed, and it was asked for', [rollback(), reverify()], 'rolled_back'],
  ] as const)('must be told where %s', (_, steps, status) => {
    expect(statusOf(steps, [], undefined)).toBe(status);
  });

  it('must be interrupted where it was, unless what was begun could not be undone', () => {
    expect(statusOf([apply, rollback(), reverify()], [], 'SIGINT')).toBe('interrupted');
    expect(statusOf([apply], [], 'SIGTERM')).toBe('interrupted');
    expect(statusOf([apply, rollback('fail')], [], 'SIGINT')).toBe('rollback_failed');
  });
});

describe('a step that was done again', () => {
  const first = step('verify', makeCheck('fail'));
  const again = (more: Partial<StepEnd> = {}) =>
    step('verify-2', makeCheck('pass'), { supersedes: ['verify'], ...more });

  it('must count no more, and the one that did it again must', () => {
    expect([...superseded([first, again()])]).toEqual([['verify', 'verify-2']]);
    expect([...superseded([first, again({ status: 'fail' })])]).toEqual([['verify', 'verify-2']]);
  });

  it('must count where the other did not run, and where only a cell of it did', () => {
    expect([...superseded([first, again({ status: 'skipped' })])]).toEqual([]);
    expect([...superseded([first, again({ cellOf: 'verify-2' })])]).toEqual([]);
  });
});
