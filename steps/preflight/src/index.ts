import { type Check, err, failure, manifestOf, ok, outcome, type Step } from '@plumbline/contracts';
import manifest from '../step.json' with { type: 'json' };
import { judge } from './judge.ts';
import { observe } from './observe.ts';

/** Says whether the host and the configuration are fit to deploy. `tools`: the executables that the other steps need. */
export function preflight(tools: readonly string[]): Step {
  return {
    manifest: manifestOf(manifest),
    async run(context) {
      const seen = await observe(context, tools);
      if (context.signal.aborted) return err(failure('E_ENV_INTERRUPTED', 'interrupted while looking'));
      const { desired } = seen;
      const checks = judge(seen, context.config);
      for (const check of checks) context.emit({ type: 'check', check });
      return ok(
        outcome(summarize(checks), {
          checks,
          // A state without some of its files is none: apply would take it for the whole.
          outputs: desired.ok && desired.value.missing.length === 0 ? { desired_state: desired.value.state } : {},
        }),
      );
    },
  };
}

function summarize(checks: readonly Check[]): string {
  const wrong = checks.filter((check) => check.error !== undefined);
  const skips = checks.filter((check) => check.verdict === 'skipped').length;
  const told = wrong.length === 0 ? 'fit to deploy' : wrong.map((check) => check.summary).join('; ');
  return `${told}: ${checks.length - wrong.length - skips} of ${checks.length - skips} checks pass, ${skips} skipped`;
}
