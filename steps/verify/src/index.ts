import {
  asDeployed,
  type Check,
  err,
  failure,
  manifestOf,
  ok,
  outcome,
  type Provenance,
  type Sample,
  type Step,
  type StepContext,
} from '@plumbline/contracts';
import manifest from '../step.json' with { type: 'json' };
import { currentGeneration, judgeGeneration } from './generation.ts';
import { type Level, levels } from './levels.ts';

/** Shows that what is deployed works, level by level. */
export const verify: Step = {
  manifest: manifestOf(manifest),
  async run(given) {
    const under = await asDeployed(given);
    if (!under.ok) return under;
    const context = under.value;
    const checks: Check[] = [];
    const samples: Sample[] = [];
    const before = await currentGeneration(context);
    for (const name of context.params.levels as readonly string[]) {
      const found = await (levels[name] as Level)(context);
      if (!found.ok) return found;
      for (const check of found.value.checks) context.emit({ type: 'check', check });
      checks.push(...found.value.checks);
      samples.push(...found.value.samples);
    }
    const moved = judgeGeneration(before, await currentGeneration(context));
    for (const check of moved) context.emit({ type: 'check', check });
    checks.push(...moved);
    if (context.signal.aborted) return err(failure('E_ENV_INTERRUPTED', 'interrupted while proving'));
    const proved = checks.filter((check) => check.verdict === 'pass' && isProof(check)).map((check) => check.summary);
    return ok(outcome(summarize(checks), { checks, standIns: standIns(context), proved, samples }));
  },
};

/** The ingestion proof and the redaction say what was shown end to end; the other levels are told by their verdicts. */
function isProof({ id }: Check): boolean {
  return id.startsWith('L3.') || id === 'L4.redaction';
}

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
