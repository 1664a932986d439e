import {
  type Artifact,
  contractPath,
  err,
  failure,
  hashOf,
  type Input,
  ok,
  type Ports,
  type Result,
  type RunningService,
  SECRET_VERSION,
  type SecretsPolicy,
  sha256,
} from '@plumbline/contracts';
import { observeHistory } from './observe-history.ts';

export type Secret = SecretsPolicy['secrets'][number];

/** The artifact with its files, and the host as it is. */
export interface Observed {
  readonly artifact: Artifact;
  /** Payload path -> bytes, each checked against its hash. */
  readonly payload: ReadonlyMap<string, Uint8Array>;
  readonly running: readonly RunningService[];
  /** Service -> what its image stands for on this engine. */
  readonly programs: ReadonlyMap<string, string>;
  /** Store directories that are there, each file in them as the artifact names it. */
  readonly stores: ReadonlySet<string>;
  /** Store directories that are there, and are not what their name says. */
  readonly damaged: ReadonlySet<string>;
  /** Secrets of the policy that are not on this host yet. */
  readonly missingSecrets: readonly Secret[];
  /** Service -> the instance that the last apply of the current generation observed; what was started again since differs. */
  readonly instances: ReadonlyMap<string, string>;
  /** Services whose last start was begun and not seen to end well: nobody knows that they are ready. */
  readonly unsettled: ReadonlySet<string>;
  /** The generation that `current` names. */
  readonly current: string | undefined;
}

/** Reads the artifact's payload and the state of the deploy root and the engine. Changes nothing. */
export async function observe(
  input: Input<Artifact>,
  deployRoot: string,
  { files, engine }: Pick<Ports, 'files' | 'engine'>,
  secrets: readonly Secret[] = [],
): Promise<Result<Observed>> {
  const artifact = input.data;
  const payload = await readPayload(input, files);
  if (!payload.ok) return payload;
  const running = await engine.observe();
  if (!running.ok) return running;
  const programs = new Map<string, string>();
  const stores = new Set<string>();
  const damaged = new Set<string>();
  for (const [name, service] of Object.entries(artifact.services)) {
    const program = await engine.program(name, service.image);
    if (!program.ok) return program;
    programs.set(name, program.value);
    const folder = `${deployRoot}/${service.store}`;
    const there = await files.stat(folder);
    if (!there.ok) return there;
    if (there.value === undefined) continue;
    const wanted = new Map([...payload.value].flatMap(([path, bytes]) => below(`${name}/`, path, bytes)));
    const intact = await holdsExactly(folder, wanted, files);
    if (!intact.ok) return intact;
    (intact.value ? stores : damaged).add(service.store);
  }
  const missingSecrets: Secret[] = [];
  for (const secret of secrets) {
    const there = await files.stat(secretFile(deployRoot, secret));
    if (!there.ok) return there;
    if (there.value !== undefined) continue;
    const lost = await isLost(secret, deployRoot, files);
    if (!lost.ok) return lost;
    missingSecrets.push(secret);
  }
  const link = await files.readLink(contractPath('deploy', 'current', deployRoot));
  if (!link.ok) return link;
  const history = await observeHistory(deployRoot, link.value, files);
  if (!history.ok) return history;
  return ok({
    artifact,
    ...history.value,
    payload: payload.value,
    running: running.value,
    programs,
    stores,
    damaged,
    missingSecrets,
    current: link.value?.split('/').at(-1),
  });
}

/** A secret that counts on a first start only cannot be made again where the data of that start is still there. */
async function isLost(secret: Secret, deployRoot: string, files: Ports['files']): Promise<Result<void>> {
  if (secret.first_start === undefined) return ok(undefined);
  const data = await files.stat(contractPath('deploy', 'volume', deployRoot, { volume: secret.first_start }));
  if (!data.ok) return data;
  if (data.value === undefined) return ok(undefined);
  const file = secretFile(deployRoot, secret);
  const message = `${file} is gone, and the data of ${secret.service} (volume ${secret.first_start}) holds the password that it had`;
  return err(failure('E_ENV_SECRET_LOST', message, { place: { file } }));
}

/** Where a secret stands on the host. */
export function secretFile(deployRoot: string, { service, name }: Pick<Secret, 'service' | 'name'>): string {
  return contractPath('deploy', 'secret', deployRoot, { service, version: SECRET_VERSION, name });
}

function below(prefix: string, path: string, bytes: Uint8Array): readonly (readonly [string, Uint8Array])[] {
  return path.startsWith(prefix) ? [[path.slice(prefix.length), bytes]] : [];
}

async function holdsExactly(
  folder: string,
  wanted: ReadonlyMap<string, Uint8Array>,
  files: Ports['files'],
): Promise<Result<boolean>> {
  const present = await files.list(folder);
  if (!present.ok) return present;
  if (present.value.length !== wanted.size || !present.value.every((path) => wanted.has(path))) return ok(false);
  for (const [path, bytes] of wanted) {
    const found = await files.read(`${folder}/${path}`);
    if (!found.ok) return found;
    if (sha256(found.value) !== sha256(bytes)) return ok(false);
  }
  return ok(true);
}

/** Every file that the artifact names, and no other, each with the bytes that it names (seed 001, payload contract). */
async function readPayload(
  input: Input<Artifact>,
  files: Ports['files'],
): Promise<Result<ReadonlyMap<string, Uint8Array>>> {
  const { generation, ...content } = input.data;
  const mismatch = (message: string, file: string) =>
    err(failure('E_PROOF_ARTIFACT_MISMATCH', message, { place: { file } }));
  if (hashOf(content) !== generation)
    return mismatch('the artifact is not the one that its generation names', input.path);
  const escaping = pathsOf(input.data).find((path) => !isBelow(path));
  if (escaping !== undefined) return mismatch(`"${escaping}" leads out of its folder`, input.path);
  const { compose_file } = input.data;
  if (!input.data.files.some((file) => file.path === compose_file))
    return mismatch(`${compose_file} is not among the files of the artifact`, input.path);
  const folder = `${input.path.slice(0, input.path.lastIndexOf('/'))}/${input.data.payload_dir}`;
  const present = await files.list(folder);
  if (!present.ok) return present;
  const named = new Set(input.data.files.map((file) => file.path));
  const extra = present.value.find((path) => !named.has(path));
  if (extra !== undefined) return mismatch(`${extra} is not in the artifact`, `${folder}/${extra}`);
  const payload = new Map<string, Uint8Array>();
  for (const { path, sha256: expected } of input.data.files) {
    if (!present.value.includes(path)) return mismatch(`${path} is missing`, `${folder}/${path}`);
    const bytes = await files.read(`${folder}/${path}`);
    if (!bytes.ok) return bytes;
    if (sha256(bytes.value) !== expected)
      return mismatch(`${path} is not the file that the artifact names`, `${folder}/${path}`);
    payload.set(path, bytes.value);
  }
  return ok(payload);
}

/** Everything in an artifact that becomes a path of this host. */
function pathsOf({ payload_dir, compose_file, files, services }: Artifact): readonly string[] {
  return [
    payload_dir,
    compose_file,
    ...files.map((file) => file.path),
    ...Object.values(services).map((service) => service.store),
  ];
}

function isBelow(path: string): boolean {
  return !path.includes('\0') && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}
