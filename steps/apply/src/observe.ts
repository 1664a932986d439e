import {
  type Artifact,
  contractPath,
  err,
  failure,
  ok,
  type Payload,
  type Ports,
  type Result,
  type RunningService,
  SECRET_VERSION,
  type SecretsPolicy,
  type Stray,
} from '@plumbline/contracts';
import { provenance as provenanceValidator } from '@plumbline/contracts/validators';
import { checkElsewhere } from './elsewhere.ts';
import { generationDir, observeRoot, type Root } from './observe-root.ts';
import { lookAt, observeStores, type Stores } from './observe-stores.ts';

export type Secret = SecretsPolicy['secrets'][number];

/** The artifact with its files, and the host as it is. */
export interface Observed extends Root, Stores {
  readonly artifact: Artifact;
  /** Payload path -> bytes, each checked against its hash. */
  readonly payload: Payload;
  readonly running: readonly RunningService[];
  /** What a change that was cut off has left on the engine. */
  readonly strays: readonly Stray[];
  /** Service -> what its image stands for on this engine; none where the image has to be pulled first. */
  readonly programs: ReadonlyMap<string, string>;
  /** Secrets of the policy that are not on this host yet. */
  readonly missingSecrets: readonly Secret[];
  /** Whether this generation stands on the host as its artifact describes it. */
  readonly kept: boolean;
  /** Whether what was observed of it when it was deployed is kept with it. */
  readonly provenanceKept: boolean;
}

/** Reads the state of the deploy root and the engine, beside an artifact and its payload. Changes nothing. */
export async function observe(
  artifact: Artifact,
  payload: Payload,
  deployRoot: string,
  { files, engine }: Pick<Ports, 'files' | 'engine'>,
  secrets: readonly Secret[] = [],
): Promise<Result<Observed>> {
  const root = await observeRoot(artifact, deployRoot, files);
  if (!root.ok) return root;
  const elsewhere = await checkElsewhere(artifact.project, deployRoot, engine);
  if (!elsewhere.ok) return elsewhere;
  const running = await engine.observe();
  if (!running.ok) return running;
  const strays = (await engine.strays?.()) ?? ok([]);
  if (!strays.ok) return strays;
  const programs = new Map<string, string>();
  for (const [name, service] of Object.entries(artifact.services)) {
    const program = await engine.program(name, service.image);
    if (!program.ok) return program;
    if (program.value !== undefined) programs.set(name, program.value);
  }
  const stores = await observeStores(artifact, payload, deployRoot, files);
  if (!stores.ok) return stores;
  const missingSecrets = await findMissing(secrets, deployRoot, files);
  if (!missingSecrets.ok) return missingSecrets;
  const folder = generationDir(deployRoot, artifact.generation);
  const kept = await isKept(artifact, payload, folder, files);
  if (!kept.ok) return kept;
  const provenanceKept = await isProvenance(`${folder}/provenance.json`, artifact.generation, files);
  if (!provenanceKept.ok) return provenanceKept;
  return ok({
    artifact,
    ...root.value,
    ...stores.value,
    payload,
    running: running.value,
    strays: strays.value,
    programs,
    missingSecrets: missingSecrets.value,
    kept: kept.value,
    provenanceKept: provenanceKept.value,
  });
}

async function isProvenance(path: string, generation: string, files: Ports['files']): Promise<Result<boolean>> {
  const there = await files.stat(path);
  if (!there.ok || there.value === undefined) return there.ok ? ok(false) : there;
  const bytes = await files.read(path);
  if (!bytes.ok) return bytes;
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes.value));
    return ok(provenanceValidator(value) && value.generation === generation);
  } catch {
    return ok(false);
  }
}

async function isKept(
  artifact: Artifact,
  payload: Payload,
  folder: string,
  files: Ports['files'],
): Promise<Result<boolean>> {
  const path = `${folder}/artifact.json`;
  const there = await files.stat(path);
  if (!there.ok || there.value === undefined) return there.ok ? ok(false) : there;
  const text = await files.readText(path);
  if (!text.ok) return text;
  if (text.value !== artifactText(artifact)) return ok(false);
  const seen = await lookAt(`${folder}/${artifact.payload_dir}`, payload, files);
  return seen.ok ? ok(seen.value !== 'damaged') : seen;
}

/** artifact.json as it is kept with its generation. */
export function artifactText(artifact: Artifact): string {
  return `${JSON.stringify(artifact, null, 2)}\n`;
}

async function findMissing(
  secrets: readonly Secret[],
  deployRoot: string,
  files: Ports['files'],
): Promise<Result<readonly Secret[]>> {
  const missing: Secret[] = [];
  for (const secret of secrets) {
    const there = await files.stat(secretFile(deployRoot, secret));
    if (!there.ok) return there;
    if (there.value !== undefined) continue;
    const lost = await isLost(secret, deployRoot, files);
    if (!lost.ok) return lost;
    missing.push(secret);
  }
  return ok(missing);
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
