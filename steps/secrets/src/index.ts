import {
  checkSecrets,
  contractPath,
  type Failure,
  manifestOf,
  type Operation,
  observeSecrets,
  ok,
  outcome,
  ownerOf,
  type Result,
  type ServiceSecrets,
  type Step,
  type StepContext,
  writeSecret,
} from '@plumbline/contracts';
import manifest from '../step.json' with { type: 'json' };
import { judge, notMade } from './judge.ts';
import { plan, type SecretsOp } from './plan.ts';

/**
 * Makes the secrets that are missing, and judges all of them as they then are. Where nothing may change, or nothing is
 * to (a dry run), one that is missing is told as such.
 */
export const secrets: Step = {
  manifest: manifestOf(manifest),
  async run(context) {
    const { config, ports, dryRun, mode } = context;
    const { deploy_root: root } = config.paths;
    const { secrets: policy } = config.secretsPolicy;
    const owner = await ownerOf(root, config.bootstrap.compose_project_name, ports.files);
    if (!owner.ok) return owner;
    const observed = await observeSecrets(policy, root, ports);
    if (!observed.ok) return observed;
    const planned = plan(observed.value);
    const looks = dryRun || mode === 'diagnose';
    const { operations, failure: cause } = looks
      ? { operations: planned.map((op) => record(op, 'planned')), failure: undefined }
      : await execute(planned, observed.value, context);
    if (cause !== undefined) return ok(outcome(cause.message, { operations, checks: [notMade(cause)] }));
    const checked = await checkSecrets(policy, root, ports);
    if (!checked.ok) return checked;
    const checks = judge(checked.value, mode === 'diagnose' ? planned : [], root);
    const made = planned.flatMap((op) => (op.op === 'write_secret' && op.from === undefined ? [nameOf(op)] : []));
    const verb = looks ? 'would be made' : 'made';
    const summary =
      made.length > 0 ? `${made.join(', ')} ${verb}` : `nothing is missing: ${policy.length} secrets are there`;
    return ok(outcome(summary, { operations, checks }));
  },
};

type Done = { readonly operations: readonly Operation[]; readonly failure: Failure | undefined };

async function execute(
  ops: readonly SecretsOp[],
  observed: readonly ServiceSecrets[],
  context: StepContext,
): Promise<Done> {
  const operations: Operation[] = [];
  for (const [n, op] of ops.entries()) {
    context.emit({ type: 'progress', text: `${op.op} ${nameOf(op)}: ${op.cause}` });
    const done = await perform(op, observed, context);
    operations.push(record(op, done.ok ? 'done' : 'failed'));
    if (!done.ok)
      return {
        operations: [...operations, ...ops.slice(n + 1).map((rest) => record(rest, 'not_reached'))],
        failure: done.failure,
      };
  }
  return { operations, failure: undefined };
}

async function perform(
  op: SecretsOp,
  observed: readonly ServiceSecrets[],
  { config, ports }: StepContext,
): Promise<Result<void>> {
  const root = config.paths.deploy_root;
  const own = observed.find(({ service }) => service === op.service) as ServiceSecrets;
  if (op.op === 'want_secrets')
    return ports.files.link(contractPath('deploy', 'secrets_wanted', root, { service: op.service }), own.version);
  const fresh = own.fresh.find(({ secret }) => secret.name === op.name);
  return fresh === undefined ? ok(undefined) : writeSecret(fresh, own.version, root, ports);
}

function nameOf(op: SecretsOp): string {
  return op.op === 'write_secret' ? `${op.service}/${op.name}` : op.service;
}

function record(op: SecretsOp, how: Operation['outcome']): Operation {
  return { op: op.op, target: nameOf(op), cause: op.cause, outcome: how };
}
