import { err, failure, ok, type Result, type Secret, type StepContext, secretFile } from '@plumbline/contracts';
import { knows, leavingSecret, noWay, refused } from './hand-over.ts';
import type { Observed } from './observe.ts';

/** Which secrets are to be made anew, by the param `rotate`; a name that the policy does not have is E_CONFIG_INVALID_VALUE. */
export function rotation({ params, config }: StepContext): Result<(secret: Secret) => boolean> {
  const asked = String(params.rotate ?? '');
  const { secrets } = config.secretsPolicy;
  const names = (secret: Secret) => ['*', secret.service, `${secret.service}/${secret.name}`];
  if (asked === '' || secrets.some((secret) => names(secret).includes(asked)))
    return ok((secret) => names(secret).includes(asked));
  const known = secrets.map(({ service, name }) => `${service}/${name}`).join(', ') || 'none';
  return err(
    failure('E_CONFIG_INVALID_VALUE', `the stack has no secret "${asked}" (there is ${known})`, {
      hint: 'name one of those that the policy has',
    }),
  );
}

/**
 * Refuses a rotation that could not be brought to its end, before anything is written: a service whose data holds the
 * old value must be there, and know it.
 */
export async function checkRotation(
  { secrets, running }: Observed,
  context: StepContext,
  rotate: (secret: Secret) => boolean,
): Promise<Result<void>> {
  for (const { policy, current, fresh } of secrets) {
    for (const secret of policy) {
      const anew = fresh.some((one) => one.secret === secret && one.from === undefined);
      if (!rotate(secret) || !anew || secret.first_start === undefined) continue;
      if (secret.change === undefined) return err(noWay(secret));
      if (running.find(({ service }) => service === secret.service)?.state !== 'running')
        return err(unreachable(secret, 'it does not run'));
      if (current === undefined) return err(unreachable(secret, 'no run has seen it take the one that it has'));
      const file = secretFile(context.config.paths.deploy_root, secret, current);
      const password = await leavingSecret(file, secret, context.ports);
      if (!password.ok) return password;
      if (password.value === undefined) return err(unreachable(secret, `${file} is gone`));
      const known = await knows(secret, password.value, context);
      if (!known.ok) return err(unreachable(secret, known.failure.message));
      if (!known.value) return err(refused(secret, file));
    }
  }
  return ok(undefined);
}

function unreachable({ service, name }: Secret, why: string) {
  const message = `${name} of ${service} cannot be changed, for ${service} holds it in its data: ${why}`;
  return failure('E_RUNTIME_SERVICE_UNHEALTHY', message, {
    hint: '`./plumb up` brings it back; then rotate again',
  });
}
