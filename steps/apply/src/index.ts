import { type Artifact, contractPath, err, type Input, manifestOf, ok, outcome, type Step } from '@plumbline/contracts';
import manifest from '../step.json' with { type: 'json' };
import { checkDesiredState } from './desired-state.ts';
import { execute, record } from './execute.ts';
import { observe } from './observe.ts';
import { plan } from './plan.ts';
import { appliedCheck, provenance, summarize } from './report.ts';

/** Makes the host run the artifact. It reads first, plans in pure code, and changes only what differs. */
export const apply: Step = {
  manifest: manifestOf(manifest),
  async run(context) {
    const { config, inputs, ports, dryRun, emit, mode } = context;
    const input = inputs.artifact as Input<Artifact>;
    const root = config.paths.deploy_root;
    const unchanged = await checkDesiredState(context);
    if (!unchanged.ok) return unchanged;
    const observed = await observe(input, root, ports, config.secretsPolicy.secrets);
    if (!observed.ok) return observed;
    const ops = plan(observed.value);
    const evidence = { generation: input.data.generation };
    if (dryRun || mode === 'diagnose') {
      const summary = ops.length === 0 ? 'nothing would change' : `${ops.length} operations would be carried out`;
      return ok(
        outcome(summary, {
          operations: ops.map((op) => record(op, 'planned')),
          checks: [appliedCheck(summary, evidence)],
        }),
      );
    }
    const folder = await ports.files.makeDirectory(contractPath('deploy', 'probe', root));
    if (!folder.ok) return folder;
    const executed = await execute(ops, observed.value, { config, ports, signal: context.signal, emit });
    const running = await ports.engine.observe();
    if (!running.ok) return err(executed.failure ?? running.failure);
    const seen = provenance(config, observed.value, running.value, ports.engine.name);
    const summary = executed.failure === undefined ? summarize(ops, running.value.length) : executed.failure.message;
    if (executed.failure === undefined && !context.signal.aborted) {
      const kept = `${contractPath('deploy', 'generation', root, { generation: input.data.generation })}/provenance.json`;
      const written = await ports.files.write(kept, `${JSON.stringify(seen, null, 2)}\n`);
      if (!written.ok) return written;
    }
    return ok(
      outcome(summary, {
        operations: executed.operations,
        checks: [appliedCheck(summary, evidence, executed.failure)],
        outputs: executed.failure === undefined ? { provenance: seen } : {},
        standIns: running.value.filter((s) => s.standIn).map((s) => s.service),
      }),
    );
  },
};
