import { failure, ok, type Stack } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { judgeRules } from './judge.ts';
import { type Rule, rulesOf } from './observe.ts';

const stack = { rules: [{ group: 'g', names: ['A', 'B'] }] } as unknown as Stack;
const rule = (name: string, change: Partial<Rule> = {}): Rule => ({
  group: 'g',
  name,
  health: 'ok',
  lastError: '',
  ...change,
});

function judge(rules: readonly Rule[]): string[] {
  return judgeRules(ok(rules), stack).map((check) => `${check.id} ${check.verdict} ${check.error?.code ?? ''}`.trim());
}

describe('judgeRules', () => {
  it('must hold where each rule is loaded and was evaluated', () => {
    expect(judge([rule('A'), rule('B'), rule('more')])).toEqual(['L6.g pass']);
  });

  it.each([
    ['the group is not loaded', [], 'fail E_PROOF_RULE_MISSING'],
    ['a rule is missing', [rule('A')], 'fail E_PROOF_RULE_MISSING'],
    ['a rule of that name is in another group', [rule('A'), rule('B', { group: 'h' })], 'fail E_PROOF_RULE_MISSING'],
    [
      'a rule cannot be evaluated',
      [rule('A'), rule('B', { health: 'err', lastError: 'bad' })],
      'fail E_PROOF_RULE_UNHEALTHY',
    ],
    ['a rule was never evaluated', [rule('A'), rule('B', { health: 'unknown' })], 'unknown E_PROOF_RULE_UNHEALTHY'],
  ])('must not hold where %s', (_, rules, said) => {
    expect(judge(rules)).toEqual([`L6.g ${said}`]);
  });

  it('must be unknown where the service does not answer', () => {
    const checks = judgeRules({ ok: false, failure: failure('E_NETWORK_UNREACHABLE', 'no') }, stack);
    expect(checks.map((check) => check.verdict)).toEqual(['unknown']);
  });
});

describe('rulesOf', () => {
  const groups = [{ name: 'g', rules: [{ name: 'A', health: 'ok' }] }];

  it('must read the rules of each group', () => {
    expect(rulesOf({ status: 'success', data: { groups } })).toEqual(ok([rule('A')]));
    expect(rulesOf({ status: 'success', data: { groups: [] } })).toEqual(ok([]));
  });

  it.each([
    [{ status: 'error', data: { groups } }],
    [{ status: 'success', data: { groups: 'g' } }],
    [{ status: 'success', data: { groups: [{ name: 'g' }] } }],
    [{ status: 'success', data: { groups: [{ name: 'g', rules: [{ name: 'A' }] }] } }],
    [undefined],
  ])('must refuse %j', (body) => {
    expect(rulesOf(body)).toMatchObject({ ok: false, failure: { code: 'E_NETWORK_BAD_ANSWER' } });
  });
});
