import { err, failure, type Input, manifestOf, ok, outcome, type Report, type Step } from '@plumbline/contracts';
import manifest from '../step.json' with { type: 'json' };
import { judge } from './judge.ts';

/** Compares what ran before a second apply with what ran after it. */
export const idempotency: Step = {
  manifest: manifestOf(manifest),
  async run({ inputs, emit }) {
    const { data, path } = inputs.second as Input<Report>;
    if (data.services === undefined) {
      const message = `${data.step} does not tell what it did about each service: it is not the report of an apply`;
      return err(failure('E_PROOF_REPORT_INVALID', message, { place: { file: path } }));
    }
    const checks = judge(data);
    for (const check of checks) emit({ type: 'check', check });
    const changed = checks.filter((check) => check.verdict === 'fail').length;
    const services = Object.keys(data.services).length;
    const summary =
      changed === 0
        ? `a second apply left all ${services} services as they were`
        : `a second apply was not without effect: ${changed} of ${checks.length} checks fail`;
    return ok(outcome(summary, { checks, proved: changed === 0 ? [summary] : [] }));
  },
};
