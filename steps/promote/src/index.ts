import {
  type Artifact,
  contractPath,
  err,
  failure,
  type Input,
  manifestOf,
  ok,
  outcome,
  ownerOf,
  passed,
  pointer,
  pointerTarget,
  type Report,
  type Result,
  type Step,
  type StepContext,
} from '@plumbline/contracts';
import manifest from '../step.json' with { type: 'json' };
import { type PromoteOp, plan, whyNot } from './plan.ts';

/** Points `verified` at the deployed generation where its proof was good: a rollback goes there. */
export const promote: Step = {
  manifest: manifestOf(manifest),
  async run(context) {
    const { config, inputs, ports, dryRun, mode } = context;
    const { data: artifact, sha256 } = inputs.artifact as Input<Artifact>;
    const proof = (inputs.proof as Input<Report>).data;
    const observed = await observe(context);
    if (!observed.ok) return observed;
    const why = whyNot(proof, sha256);
    if (why !== undefined) return ok(skipped(why));
    const { current, verified } = observed.value;
    const name = artifact.generation.slice(0, 12);
    if (dryRun || mode === 'diagnose') return ok(skipped(`${name} would be marked as proved`));
    if (current !== artifact.generation) {
      const message = `${name} was proved, and ${current?.slice(0, 12) ?? 'nothing'} is deployed now`;
      return err(failure('E_PROOF_GENERATION_CHANGED', message));
    }
    const ops = plan(artifact.generation, verified);
    for (const op of ops) {
      const link = contractPath('deploy', 'verified', config.paths.deploy_root);
      const flipped = await ports.files.link(link, pointerTarget(op.generation));
      if (!flipped.ok) return flipped;
    }
    const summary = ops.length === 0 ? `${name} is proved, as before` : `${name} is proved: a rollback goes back to it`;
    const evidence = { generation: artifact.generation, before: verified ?? null, proof: proof.status };
    return ok(
      outcome(summary, {
        operations: ops.map(record),
        checks: [passed({ id: 'promote.verified', summary, evidence })],
      }),
    );
  },
};

function skipped(why: string) {
  return outcome(why, { checks: [passed({ id: 'promote.verified', summary: why }, 'skipped')] });
}

function record({ op, generation, cause }: PromoteOp) {
  return { op, target: generation.slice(0, 12), cause, outcome: 'done' as const };
}

async function observe({
  config,
  ports,
}: StepContext): Promise<Result<{ readonly current: string | undefined; readonly verified: string | undefined }>> {
  const root = config.paths.deploy_root;
  const owner = await ownerOf(root, config.bootstrap.compose_project_name, ports.files);
  if (!owner.ok) return owner;
  const current = await pointer('current', root, ports.files);
  if (!current.ok) return current;
  const verified = await pointer('verified', root, ports.files);
  return verified.ok ? ok({ current: current.value, verified: verified.value }) : verified;
}
