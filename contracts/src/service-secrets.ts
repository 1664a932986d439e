import { failure } from './failure.ts';
import { contractPath } from './paths.ts';
import type { FilesPort, HostPort, Ports } from './ports.ts';
import { err, ok, type Result } from './result.ts';
import { type Secret, type SecretVersions, secretFile, secretVersions, wantedVersion } from './secret-versions.ts';

/** A secret that is to be written, and the file that it is copied from; without one, it is made at random. */
export interface FreshSecret {
  readonly secret: Secret;
  readonly from?: string;
}

/** The secrets of one service, as the policy asks for them and as this host has them. */
export interface ServiceSecrets {
  readonly service: string;
  readonly policy: readonly Secret[];
  /** The version that the service is to be started with. */
  readonly version: string;
  /** What is to be written for that version: nothing where it is whole. */
  readonly fresh: readonly FreshSecret[];
  /** Whether the link `wanted` names it. */
  readonly linked: boolean;
  /** The version that the service has taken; another than `version` where a rotation is under way. */
  readonly current: string | undefined;
}

type Reading = Pick<FilesPort, 'stat' | 'readLink' | 'directories'>;

/** What the secrets of a deploy root are read through. */
interface SecretsWorld {
  readonly files: Reading;
  readonly secrets: Pick<Ports['secrets'], 'random'>;
  readonly engine: Pick<Ports['engine'], 'volumes'>;
}

/**
 * The secrets of every service of a policy. `rotate` names those that are to be made anew, as `service` or
 * `service/name`; a rotation that is under way already is finished first, and nothing more is made for that service.
 * E_ENV_SECRET_LOST where a secret is gone that its service's data holds. Changes nothing.
 */
export async function observeSecrets(
  policy: readonly Secret[],
  deployRoot: string,
  world: SecretsWorld,
  rotate: (secret: Secret) => boolean = () => false,
): Promise<Result<readonly ServiceSecrets[]>> {
  const found: ServiceSecrets[] = [];
  for (const service of new Set(policy.map((secret) => secret.service))) {
    const own = policy.filter((secret) => secret.service === service);
    const seen = await observeService(own, deployRoot, world, rotate);
    if (!seen.ok) return seen;
    found.push(seen.value);
  }
  return ok(found);
}

const VERSION_BYTES = 16;

async function observeService(
  policy: readonly Secret[],
  deployRoot: string,
  { files, secrets, engine }: SecretsWorld,
  rotate: (secret: Secret) => boolean,
): Promise<Result<ServiceSecrets>> {
  const { service } = policy[0] as Secret;
  const versions = await secretVersions(service, deployRoot, files);
  if (!versions.ok) return versions;
  const { wanted, current } = versions.value;
  const version = wantedVersion(versions.value);
  const pending = current !== undefined && wanted !== undefined && wanted !== current;
  const fresh: FreshSecret[] = [];
  let anew = version === undefined;
  for (const secret of policy) {
    const from = await standing(secret, [version, current], deployRoot, files);
    if (!from.ok) return from;
    if (from.value === undefined) {
      const lost = await whyLost(secret, versions.value, deployRoot, engine);
      if (!lost.ok) return lost;
    }
    const made = from.value === undefined || (rotate(secret) && !pending);
    fresh.push(made ? { secret } : { secret, from: from.value as string });
    anew ||= made || (version !== undefined && from.value !== secretFile(deployRoot, secret, version));
  }
  // What a version lacks goes into another one: a service reads its secrets when it starts, from where it was told.
  if (version !== undefined && !anew)
    return ok({ service, policy, version, fresh: [], linked: wanted === version, current });
  return ok({ service, policy, version: secrets.random(VERSION_BYTES), fresh, linked: false, current });
}

/** The file of a secret in the first of these versions that has it. */
async function standing(
  secret: Secret,
  versions: readonly (string | undefined)[],
  deployRoot: string,
  files: Reading,
): Promise<Result<string | undefined>> {
  for (const version of versions) {
    if (version === undefined) continue;
    const file = secretFile(deployRoot, secret, version);
    const there = await files.stat(file);
    if (!there.ok) return there;
    if (there.value !== undefined) return ok(file);
  }
  return ok(undefined);
}

/** A secret that counts on a first start only cannot be made again where the data of that start is still there. */
async function whyLost(
  secret: Secret,
  { wanted, current, there }: SecretVersions,
  deployRoot: string,
  engine: SecretsWorld['engine'],
): Promise<Result<void>> {
  if (secret.first_start === undefined) return ok(undefined);
  const data = await engine.volumes();
  if (!data.ok) return data;
  if (!data.value.includes(secret.first_start)) return ok(undefined);
  const version = wanted ?? current ?? there[0];
  const folder = contractPath('deploy', 'service_secrets', deployRoot, { service: secret.service });
  const file = version === undefined ? folder : secretFile(deployRoot, secret, version);
  const gone =
    version !== undefined && (wanted ?? current) === undefined
      ? `none of the ${there.length} versions in ${folder} is named as the wanted one`
      : `${secret.name} of ${secret.service} is gone`;
  const message = `${gone}, and the data of ${secret.service} (volume ${secret.first_start}) holds the password that it had`;
  return err(failure('E_ENV_SECRET_LOST', message, { place: { file } }));
}

/**
 * Whose a secret's file is: the user that its service runs as where a daemon runs it, else the user of this process.
 */
export function secretOwner(
  { uid }: Pick<Secret, 'uid'>,
  { engine, host }: { readonly engine: Pick<Ports['engine'], 'daemon'>; readonly host: Pick<HostPort, 'uid'> },
): number {
  return engine.daemon === undefined ? host.uid : (uid ?? host.uid);
}

/** Writes one secret of a version that no link names yet. Its value is known to the scrubber from the moment it is made. */
export async function writeSecret(
  { secret, from }: FreshSecret,
  version: string,
  deployRoot: string,
  ports: Pick<Ports, 'files' | 'secrets' | 'engine' | 'host'>,
): Promise<Result<void>> {
  const { files, secrets, host } = ports;
  const owner = secretOwner(secret, ports);
  const value = from === undefined ? ok(secrets.plant(secret.bytes)) : await secrets.read(from, owner);
  if (!value.ok) return value;
  const uid = owner === host.uid ? undefined : owner;
  const { service } = secret;
  const made = await files.makeDirectory(
    contractPath('deploy', 'secret_dir', deployRoot, { service, version }),
    0o700,
    uid,
  );
  return made.ok ? files.write(secretFile(deployRoot, secret, version), `${value.value}\n`, 0o400, uid) : made;
}
