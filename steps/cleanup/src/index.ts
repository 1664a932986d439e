import {
  contractPath,
  manifestOf,
  ok,
  outcome,
  type Ports,
  passed,
  type Result,
  type Step,
} from '@plumbline/contracts';
import manifest from '../step.json' with { type: 'json' };
import { type CleanupOp, type Observed, plan, record } from './plan.ts';

/** Stops what this environment runs. Nothing that is not below its deploy root is touched. */
export const cleanup: Step = {
  manifest: manifestOf(manifest),
  async run({ config, ports, params, dryRun, emit }) {
    const root = config.paths.deploy_root;
    const observed = await observe(root, ports);
    if (!observed.ok) return observed;
    const ops = plan(observed.value, params.volumes === true);
    for (const op of dryRun ? [] : ops) {
      emit({ type: 'progress', text: `${op.op}: ${op.cause}` });
      const done = await perform(op, root, ports);
      if (!done.ok) return done;
    }
    const services = observed.value.running.map((s) => s.service);
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
        operations: ops.map((op) => record(op, dryRun ? 'planned' : 'done')),
        checks: [passed({ id: 'cleanup.stopped', summary, evidence: { services } })],
      }),
    );
  },
};

async function observe(root: string, { files, engine }: Ports): Promise<Result<Observed>> {
  const running = await engine.observe();
  if (!running.ok) return running;
  const link = await files.readLink(contractPath('deploy', 'current', root));
  if (!link.ok) return link;
  const data = await files.stat(contractPath('deploy', 'volumes', root));
  return data.ok
    ? ok({ running: running.value, deployed: link.value !== undefined, data: data.value !== undefined })
    : data;
}

async function perform(op: CleanupOp, root: string, { files, engine }: Ports): Promise<Result<unknown>> {
  if (op.op === 'stop_all') return engine.down({ volumes: op.volumes });
  return files.remove(contractPath('deploy', 'current', root));
}
