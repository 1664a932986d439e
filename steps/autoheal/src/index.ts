import { type Autoheal, manifestOf, ok, outcome, passed, type Step } from '@plumbline/contracts';
import manifest from '../step.json' with { type: 'json' };
import { judge } from './judge.ts';
import { observe } from './observe.ts';

/** Says what to do next about what the other steps of the run found. It judges their reports and changes nothing. */
export const autoheal: Step = {
  manifest: manifestOf(manifest),
  async run({ ports, runDir }) {
    const reports = await observe(runDir, ports.files);
    if (!reports.ok) return reports;
    const runId = reports.value[0]?.run_id ?? (runDir.split('/').at(-1) as string);
    const suggestions = judge(runId, reports.value);
    const summary = summarize(suggestions);
    const evidence = { reports: reports.value.map((report) => report.step), primary: suggestions.primary };
    return ok(
      outcome(summary, {
        outputs: { suggestions },
        next: suggestions.active_buckets.map(({ bucket, recommended_action }) => `${bucket}: ${recommended_action}`),
        checks: [passed({ id: 'autoheal.suggested', summary, evidence })],
      }),
    );
  },
};

function summarize({ active_buckets }: Autoheal): string {
  const [first, ...others] = active_buckets;
  if (first === undefined) return 'nothing to mend';
  const more = others.length === 0 ? '' : `; then ${others.map((other) => other.bucket).join(', ')}`;
  return `start with ${first.bucket}: ${first.recommended_action}${more}`;
}
