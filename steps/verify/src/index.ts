import {
  type Check,
  err,
  failure,
  manifestOf,
  ok,
  outcome,
  type Provenance,
  type Step,
  type StepContext,
} from '@plumbline/contracts';
import manifest from '../step.json' with { type: 'json' };
import { judgeHealth } from './health/judge.ts';
import { observeHealth } from './health/observe.ts';
import { judgeIngestion } from './ingestion/judge.ts';
import { type Ingestion, observeIngestion } from './ingestion/observe.ts';

/** What is deployed is up already: a service that needs more tries than this to answer is not healthy. */
const HEALTH_TRIES = 5;

/** Shows that what is deployed works, level by level. Each level can fail by itself. */
export const verify: Step = {
  manifest: manifestOf(manifest),
  async run(context) {
    const levels = context.params.levels as readonly string[];
    const checks: Check[] = [];
    let seen: Ingestion | undefined;
    if (levels.includes('L1'))
      checks.push(...judgeHealth(await observeHealth(context.ports.health, context.signal, HEALTH_TRIES)));
    if (levels.includes('L3')) {
      const ingestion = await observeIngestion(context);
      if (!ingestion.ok) return ingestion;
      seen = ingestion.value;
      checks.push(...judgeIngestion(seen, context.config));
    }
    if (context.signal.aborted) return err(failure('E_ENV_INTERRUPTED', 'interrupted while proving'));
    for (const check of checks) context.emit({ type: 'check', check });
    return ok(
      outcome(summarize(checks), {
        checks,
        standIns: standIns(context),
        proved: checks.filter((check) => check.verdict === 'pass').map((check) => check.summary),
        samples: Object.values(seen?.samples ?? {}).flat(),
      }),
    );
  },
};

function summarize(checks: readonly Check[]): string {
  const count = (verdict: Check['verdict']) => checks.filter((check) => check.verdict === verdict).length;
  const parts = (['pass', 'warn', 'fail', 'unknown', 'skipped'] as const)
    .filter((v) => count(v) > 0)
    .map((v) => `${count(v)} ${v}`);
  return `${checks.length} checks: ${parts.join(', ')}`;
}

function standIns({ inputs }: StepContext): readonly string[] {
  const deployed = inputs.provenance?.data as Provenance | undefined;
  return Object.entries(deployed?.services ?? {}).flatMap(([name, service]) => (service.stand_in ? [name] : []));
}
