import { err, failure, ok, type Result, type StepContext } from '@plumbline/contracts';
import { askJson } from '../ask.ts';
import { lookUntil } from '../until.ts';

const LIMIT_MS = 60_000;
const EVERY_MS = 1_000;

/** One rule as the metrics store has it. */
export interface Rule {
  readonly group: string;
  readonly name: string;
  /** ok, err, or unknown before its first evaluation. */
  readonly health: string;
  readonly lastError: string;
}

/** Asks for the loaded rules. A rule that was not evaluated yet is waited for. */
export async function observeRules(context: StepContext): Promise<Result<readonly Rule[]>> {
  const look = async (): Promise<Result<readonly Rule[]>> => {
    const answer = await askJson({ ...context.ports, signal: context.signal }, 'metrics_rules');
    return answer.ok ? rulesOf(answer.value) : answer;
  };
  const { seen } = await lookUntil(look, {
    clock: context.ports.clock,
    signal: context.signal,
    text: 'every rule to be evaluated once',
    limitMs: LIMIT_MS,
    everyMs: EVERY_MS,
    unfinished: (rules) => rules.ok && rules.value.some((rule) => rule.health === 'unknown'),
    emit: context.emit,
  });
  return seen;
}

/** The rules of Prometheus's answer, each part of it checked. */
export function rulesOf(body: unknown): Result<readonly Rule[]> {
  const answer = body as { status?: unknown; data?: { groups?: unknown } } | null;
  const groups = answer?.data?.groups;
  if (answer?.status !== 'success' || !Array.isArray(groups)) return bad('no list of groups');
  const rules: Rule[] = [];
  for (const group of groups as { name?: unknown; rules?: unknown }[]) {
    if (typeof group?.name !== 'string' || !Array.isArray(group.rules)) return bad('a group has no name or no rules');
    for (const rule of group.rules as { name?: unknown; health?: unknown; lastError?: unknown }[]) {
      if (typeof rule?.name !== 'string' || typeof rule.health !== 'string')
        return bad('a rule has no name or no health');
      rules.push({ group: group.name, name: rule.name, health: rule.health, lastError: String(rule.lastError ?? '') });
    }
  }
  return ok(rules);
}

function bad(message: string): Result<never> {
  return err(failure('E_NETWORK_BAD_ANSWER', `rules: ${message}`));
}
