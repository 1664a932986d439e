import { failure } from './failure.ts';
import { contractPath, TEMPORARY, within } from './paths.ts';
import type { Ports } from './ports.ts';
import { err, ok, type Result } from './result.ts';
import { secretIn } from './secret-file.ts';
import { type Secret, secretVersions } from './secret-versions.ts';
import { secretOwner } from './service-secrets.ts';

/** A file with a secret, and whether it may be used: never what is in it. */
export interface CheckedSecret {
  readonly path: string;
  /** Permission bits and owner; not there where they could not be asked. */
  readonly mode?: number;
  readonly uid?: number;
  /** A failure that begins with E_ENV_UNREADABLE says that it could not be looked at. */
  readonly verdict: Result<void>;
}

const WRITABLE_BY_OTHERS = 0o022;

/**
 * Every secret below a deploy root that is in use, and the directories above them. What a version holds that no link
 * names, beside one that a link does, is used by nobody. Changes nothing.
 */
export async function checkSecrets(
  policy: readonly Secret[],
  deployRoot: string,
  ports: Ports,
): Promise<Result<readonly CheckedSecret[]>> {
  const folder = contractPath('deploy', 'secrets', deployRoot);
  const names = await ports.files.list(folder);
  if (!names.ok) return names;
  const found: CheckedSecret[] = [];
  for (const service of new Set(names.value.map((name) => name.split('/')[0] as string))) {
    const used = await usedVersion(service, deployRoot, ports);
    if (!used.ok) return used;
    const own = names.value.filter(
      (name) => name.startsWith(`${service}/`) && used.value(name.split('/')[1] as string),
    );
    for (const name of own) if (!isOther(name)) found.push(await checkOne(within(folder, name), name, policy, ports));
    found.push(...(await open(contractPath('deploy', 'service_secrets', deployRoot, { service }), ports)));
  }
  if (found.length > 0) found.push(...(await open(folder, ports)));
  return ok(found);
}

/** What is neither a secret nor stands in the place of one: the links to versions, and what a killed write has left. */
function isOther(name: string): boolean {
  return TEMPORARY.test(name) || /^[^/]+\/(wanted|current)$/.test(name);
}

async function usedVersion(
  service: string,
  deployRoot: string,
  { files }: Ports,
): Promise<Result<(version: string) => boolean>> {
  const versions = await secretVersions(service, deployRoot, files);
  if (!versions.ok) return versions;
  const { there, wanted, current } = versions.value;
  const named = wanted ?? current;
  return ok((version) => named === undefined || !there.includes(version) || version === wanted || version === current);
}

async function checkOne(path: string, name: string, policy: readonly Secret[], ports: Ports): Promise<CheckedSecret> {
  const file = await ports.secrets.look(path);
  if (!file.ok) return { path, verdict: file };
  // It went away since it was listed.
  if (file.value === undefined) return { path, verdict: ok(undefined) };
  const { mode, uid } = file.value;
  const [service, , last] = name.split('/');
  const secret = policy.find((one) => one.service === service && one.name === last);
  const uids = [secretOwner(secret ?? {}, ports)];
  const judged = secretIn(path, file.value, secret === undefined ? { uids } : { uids, bytes: secret.bytes });
  return { path, mode, uid, verdict: judged.ok ? ok(undefined) : judged };
}

/** Who may write a directory may put another one in the place of what is in it. */
async function open(path: string, { host }: Ports): Promise<readonly CheckedSecret[]> {
  const seen = await host.access(path);
  if (!seen.ok) return [{ path, verdict: seen }];
  if (seen.value === undefined || (seen.value.mode & WRITABLE_BY_OTHERS) === 0) return [];
  const { mode, uid } = seen.value;
  const message = `${path} may be written by others: mode ${mode.toString(8)}`;
  return [{ path, mode, uid, verdict: err(failure('E_ENV_SECRETS_EXPOSED', message, { place: { file: path } })) }];
}
