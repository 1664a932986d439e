import {
  contractPath,
  manifestOf,
  ok,
  outcome,
  type Ports,
  passed,
  type Result,
  type Step,
  takeEvidence,
} from '@plumbline/contracts';
import manifest from '../step.json' with { type: 'json' };
import { left } from './left.ts';
import { observe } from './observe.ts';
import { type CleanupOp, plan, records } from './plan.ts';

/**
 * Stops what this environment runs. Nothing that is not below its deploy root is touched, and nothing there that is
 * another project's; what is not Plumbline's in it does not keep the services from being stopped, and is told.
 */
export const cleanup: Step = {
  manifest: manifestOf(manifest),
  async run({ config, ports, params, dryRun, emit, runDir }) {
    const root = config.paths.deploy_root;
    const observed = await observe(config, ports);
    if (!observed.ok) return observed;
    const ops = plan(observed.value, params.volumes === true);
    const services = observed.value.running.map((s) => s.service);
    const evidence = dryRun ? undefined : await takeEvidence('cleanup.evidence', services, { ports, runDir });
    for (const op of dryRun ? [] : ops) {
      emit({ type: 'progress', text: `${op.op}: ${op.cause}` });
      const done = await perform(op, root, ports);
      if (!done.ok) return done;
    }
    const data = ops.some((op) => op.op === 'stop_all' && op.volumes)
      ? `; its data ${dryRun ? 'would be' : 'is'} removed`
      : observed.value.data
        ? '; its data is kept'
        : '';
    const did =
      services.length === 0 ? 'nothing was running' : `${dryRun ? 'would stop' : 'stopped'} ${services.join(', ')}`;
    const summary = did + data;
    return ok(
      outcome(summary, {
        operations: ops.flatMap((op) => records(op, dryRun ? 'planned' : 'done')),
        checks: [
          passed({ id: 'cleanup.stopped', summary, evidence: { services } }),
          ...(evidence === undefined ? [] : [evidence]),
          ...left(observed.value, params.volumes === true),
        ],
      }),
    );
  },
};

async function perform(op: CleanupOp, root: string, { files, engine }: Ports): Promise<Result<unknown>> {
  if (op.op === 'stop_all') return engine.down({ volumes: op.volumes });
  return files.remove(contractPath('deploy', 'current', root));
}
