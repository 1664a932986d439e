import { contractPath, type Result, type ServiceSecrets, writeSecret } from '@plumbline/contracts';
import type { ExecuteContext } from './execute-context.ts';
import { handOver } from './hand-over.ts';
import type { ApplyOp } from './operation.ts';

type SecretOp = Extract<ApplyOp, { readonly op: 'write_secret' | 'want_secrets' | 'hand_over' | 'take_secrets' }>;

/** Carries out one operation on the secrets of a service. */
export async function secretOperation(
  op: SecretOp,
  own: ServiceSecrets,
  context: ExecuteContext,
): Promise<Result<void>> {
  const { config, ports } = context;
  const root = config.paths.deploy_root;
  const { service } = op;
  switch (op.op) {
    case 'write_secret': {
      const fresh = own.fresh.find(({ secret }) => secret.name === op.name);
      if (fresh === undefined) throw new Error(`no secret ${op.name} of ${service} is to be written`);
      return writeSecret(fresh, own.version, root, ports);
    }
    case 'want_secrets':
      return ports.files.link(contractPath('deploy', 'secrets_wanted', root, { service }), own.version);
    case 'hand_over':
      return handOver(own, context);
    case 'take_secrets':
      return ports.files.link(contractPath('deploy', 'secrets_current', root, { service }), own.version);
  }
}
