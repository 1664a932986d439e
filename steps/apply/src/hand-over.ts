import {
  err,
  failure,
  ok,
  type Ports,
  type Result,
  type Secret,
  type ServiceSecrets,
  secretFile,
  secretIn,
  secretOwner,
} from '@plumbline/contracts';
import type { ExecuteContext } from './execute-context.ts';

/** What talking to a service about its own password needs. */
type Talking = Pick<ExecuteContext, 'config' | 'ports' | 'signal'>;

/**
 * Has a service take its new secrets where its data holds the old ones. It is asked first which of the two it knows: a
 * run may have been killed after the service took the new one. E_RUNTIME_PASSWORD_REFUSED where it knows neither.
 */
export async function handOver(own: ServiceSecrets, context: Talking): Promise<Result<void>> {
  for (const secret of own.policy) {
    if (secret.first_start === undefined) continue;
    const done = await handOverOne(secret, own, context);
    if (!done.ok) return done;
  }
  return ok(undefined);
}

async function handOverOne(secret: Secret, own: ServiceSecrets, context: Talking): Promise<Result<void>> {
  const root = context.config.paths.deploy_root;
  const newFile = secretFile(root, secret, own.version);
  const newValue = await context.ports.secrets.read(newFile, secretOwner(secret, context.ports));
  if (!newValue.ok) return newValue;
  const oldFile = secretFile(root, secret, own.current as string);
  const oldValue = await leavingSecret(oldFile, secret, context.ports);
  if (!oldValue.ok) return oldValue;
  const old = oldValue.value;
  if (old === newValue.value) return ok(undefined);
  // Where the old one is gone, what counts is whether the service has the new one.
  if (old !== undefined) {
    const known = await knows(secret, old, context);
    if (!known.ok) return known;
    if (known.value) return change(secret, { old, fresh: newValue.value }, context);
  }
  const fresh = await knows(secret, newValue.value, context);
  if (!fresh.ok) return fresh;
  return fresh.value ? ok(undefined) : err(refused(secret, oldFile));
}

/** That a service does not take a password which it should have. */
export function refused({ service, user }: Secret, file: string) {
  const message = `${service} does not let ${user ?? 'its account'} in with the password that ${file} holds`;
  return failure('E_RUNTIME_PASSWORD_REFUSED', message, { place: { file } });
}

/** Whether a service lets its account in with a value. Anything but yes or no is a failure. */
export async function knows(secret: Secret, password: string, { ports, signal }: Talking): Promise<Result<boolean>> {
  const { service, user = '', change: way } = secret;
  if (way === undefined) return err(noWay(secret));
  const { url, timeoutMs } = ports.health.api(way.login);
  const answer = await ports.http.get(url, { timeoutMs, signal, user: { name: user, password } });
  if (!answer.ok) return answer;
  const { status } = answer.value;
  if (status === 200 || status === 401) return ok(status === 200);
  return err(failure('E_NETWORK_BAD_ANSWER', `${service} answered ${status} to ${user} at ${url}`));
}

/** That nobody has said how a service is told another value. */
export function noWay({ service, name, first_start }: Secret) {
  const message = `${service} takes ${name} at the first start of its volume ${first_start} only, and the secrets policy names no way to change it`;
  return failure('E_CONFIG_INVALID_VALUE', message, {
    hint: 'give the secret a `change` in the secrets policy of the stack, then `./plumb up`',
  });
}

async function change(
  secret: Secret,
  { old, fresh }: { readonly old: string; readonly fresh: string },
  { ports, signal }: Talking,
): Promise<Result<void>> {
  const { service, user = '', change: way } = secret;
  if (way === undefined) return err(noWay(secret));
  const { url, timeoutMs } = ports.health.api(way.api);
  const filled = (text: string) => (text === '{old}' ? old : text === '{new}' ? fresh : text);
  const body = Object.fromEntries(Object.entries(way.body).map(([key, text]) => [key, filled(text)]));
  const answer = await ports.http.put(url, body, { timeoutMs, signal, user: { name: user, password: old } });
  if (!answer.ok) return answer;
  if (answer.value.status === 200) return ok(undefined);
  return err(
    failure('E_NETWORK_BAD_ANSWER', `${service} answered ${answer.value.status} to the new password at ${url}`),
  );
}

/** A secret that is about to be replaced, whatever it is; undefined where it is gone. */
export async function leavingSecret(file: string, secret: Secret, ports: Ports): Promise<Result<string | undefined>> {
  const found = await ports.secrets.look(file);
  if (!found.ok || found.value === undefined) return found.ok ? ok(undefined) : found;
  return secretIn(file, found.value, { uids: [ports.host.uid, secretOwner(secret, ports)], leaving: true });
}
