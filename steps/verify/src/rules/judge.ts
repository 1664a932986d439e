import { type Check, type CheckParts, failure, notPassed, passed, type Result, type Stack } from '@plumbline/contracts';
import type { Rule } from './observe.ts';

/** L6, rules (seed 002): each expected group is loaded, each of its rules is there and can be evaluated. Pure. */
export function judgeRules(seen: Result<readonly Rule[]>, stack: Stack): readonly Check[] {
  return stack.rules.map(({ group, names }) => groupCheck(group, names, seen));
}

function groupCheck(group: string, names: readonly string[], seen: Result<readonly Rule[]>): Check {
  const id = `L6.${group}`;
  if (!seen.ok) return notPassed({ id, summary: `could not look: ${seen.failure.message}` }, 'unknown', seen.failure);
  const rules = seen.value.filter((rule) => rule.group === group);
  const parts = (summary: string): CheckParts => ({ id, summary, evidence: { expected: names, rules } });
  const missing = names.filter((name) => !rules.some((rule) => rule.name === name));
  if (missing.length > 0) {
    const summary =
      rules.length === 0 ? `the rule group ${group} is not loaded` : `${group} has no rule ${missing.join(', ')}`;
    return notPassed(parts(summary), 'fail', failure('E_PROOF_RULE_MISSING', summary));
  }
  const ill = rules.find((rule) => rule.health !== 'ok');
  if (ill === undefined) return passed(parts(`${rules.length} rules of ${group} are loaded and were evaluated`));
  const summary = `the rule ${ill.name} of ${group} is ${ill.health}${ill.lastError === '' ? '' : `: ${ill.lastError}`}`;
  return notPassed(
    parts(summary),
    ill.health === 'unknown' ? 'unknown' : 'fail',
    failure('E_PROOF_RULE_UNHEALTHY', summary),
  );
}
