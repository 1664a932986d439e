import { failure } from './failure.ts';
import type { SecretsPolicy } from './generated/types.ts';
import { contractPath } from './paths.ts';
import type { FilesPort } from './ports.ts';
import { err, ok, type Result } from './result.ts';

/** One secret of a stack's policy. */
export type Secret = SecretsPolicy['secrets'][number];

/** The name of a version's directory: random, and `1` where a Plumbline without versions made it. */
const VERSION = /^[0-9A-Za-z]{1,64}$/;

/** The versions of a service's secrets on this host, by the names of their directories. */
export interface SecretVersions {
  readonly there: readonly string[];
  /** What the link `wanted` names: the version that the service is to be started with. */
  readonly wanted: string | undefined;
  /** What the link `current` names: the version that the service has taken. */
  readonly current: string | undefined;
}

/** Reads which versions there are. A link that names no version is E_ENV_ROOT_UNSAFE. Changes nothing. */
export async function secretVersions(
  service: string,
  deployRoot: string,
  files: Pick<FilesPort, 'stat' | 'readLink' | 'directories'>,
): Promise<Result<SecretVersions>> {
  const wanted = await version('secrets_wanted', service, deployRoot, files);
  if (!wanted.ok) return wanted;
  const current = await version('secrets_current', service, deployRoot, files);
  if (!current.ok) return current;
  const all = await files.directories(contractPath('deploy', 'service_secrets', deployRoot, { service }));
  if (!all.ok) return all;
  const there = all.value.filter((name) => VERSION.test(name));
  return ok({ there, wanted: wanted.value, current: current.value });
}

async function version(
  name: 'secrets_wanted' | 'secrets_current',
  service: string,
  deployRoot: string,
  files: Pick<FilesPort, 'stat' | 'readLink'>,
): Promise<Result<string | undefined>> {
  const file = contractPath('deploy', name, deployRoot, { service });
  const link = await files.readLink(file);
  if (!link.ok) return link;
  const unsafe = (why: string) => err(failure('E_ENV_ROOT_UNSAFE', `${file} ${why}`, { place: { file } }));
  if (link.value !== undefined)
    return VERSION.test(link.value) ? ok(link.value) : unsafe(`leads to ${link.value}, which is no version`);
  const there = await files.stat(file);
  if (!there.ok) return there;
  return there.value === undefined ? ok(undefined) : unsafe('is not a link');
}

/**
 * The version that a service is to be started with; undefined where a new one must be made. One that no link names is
 * taken where it is the only one: what a Plumbline without versions made, or a backup brought back. Pure.
 */
export function wantedVersion({ wanted, current, there }: SecretVersions): string | undefined {
  return wanted ?? current ?? (there.length === 1 ? there[0] : undefined);
}

/** Where a secret stands on the host. */
export function secretFile(
  deployRoot: string,
  { service, name }: Pick<Secret, 'service' | 'name'>,
  version: string,
): string {
  return contractPath('deploy', 'secret', deployRoot, { service, version, name });
}

/**
 * The file of a secret as its service has taken it; E_CONFIG_NOT_FOUND where no version is known. Who logs in to a
 * service asks for this one.
 */
export async function takenSecret(
  secret: Pick<Secret, 'service' | 'name'>,
  deployRoot: string,
  files: Pick<FilesPort, 'stat' | 'readLink' | 'directories'>,
): Promise<Result<string>> {
  const versions = await secretVersions(secret.service, deployRoot, files);
  if (!versions.ok) return versions;
  const version = versions.value.current ?? wantedVersion(versions.value);
  if (version !== undefined) return ok(secretFile(deployRoot, secret, version));
  const file = contractPath('deploy', 'service_secrets', deployRoot, { service: secret.service });
  const message = `no version of the secrets of ${secret.service} is known`;
  const hint = '`./plumb up` makes what is missing, and says where that cannot be';
  return err(failure('E_CONFIG_NOT_FOUND', message, { place: { file }, hint }));
}

/** The variable of the compose file that stands for the version of a service's secrets. */
export function versionVariable(service: string): string {
  return `PLUMBLINE_SECRETS_${service.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`;
}

/** How the compose file refers to it. A compose file without its variables must not start anything. */
export function versionReference(service: string): string {
  return `\${${versionVariable(service)}:?no version of its secrets is given}`;
}

/** The text of secrets.env: versions, and no values. Pure. */
export function versionsText(versions: ReadonlyMap<string, string>): string {
  return [...versions].map(([service, version]) => `${versionVariable(service)}=${version}\n`).join('');
}
