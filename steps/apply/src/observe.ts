import {
  type Artifact,
  contractPath,
  generationFolder,
  observeSecrets,
  ok,
  type Payload,
  type Ports,
  type Result,
  type RunningService,
  type Secret,
  type ServiceSecrets,
  type Stray,
  versionsText,
  versionVariable,
  within,
} from '@plumbline/contracts';
import { provenance as provenanceValidator } from '@plumbline/contracts/validators';
import { checkElsewhere } from './elsewhere.ts';
import { observeMisnamed } from './images.ts';
import { observeRoot, type Root } from './observe-root.ts';
import { lookAt, observeStores, type Stores } from './observe-stores.ts';

/** The artifact with its files, and the host as it is. */
export interface Observed extends Root, Stores {
  readonly artifact: Artifact;
  /** Payload path -> bytes, each checked against its hash. */
  readonly payload: Payload;
  readonly running: readonly RunningService[];
  /** What a change that was cut off has left on the engine. */
  readonly strays: readonly Stray[];
  /** Whether the engine's daemon may see other folders than this host has. */
  readonly remote: boolean;
  /** Service -> what its image stands for on this engine; none where the image has to be pulled first. */
  readonly programs: ReadonlyMap<string, string>;
  /** Images that are here under another name than the artifact's, by id: only where it is gone back to. */
  readonly misnamed: ReadonlyMap<string, string>;
  /** The secrets of the policy's services, and what is to be done about them. */
  readonly secrets: readonly ServiceSecrets[];
  /** Whether secrets.env stands with the generation as it must. */
  readonly versionsKept: boolean;
  /** Whether this generation stands on the host as its artifact describes it. */
  readonly kept: boolean;
  /** Whether what was observed of it when it was deployed is kept with it. */
  readonly provenanceKept: boolean;
}

/** What is looked for besides what there is. */
export interface ObserveOptions {
  readonly policy: readonly Secret[];
  readonly rotate?: (secret: Secret) => boolean;
  /** Whether the artifact is one that is gone back to. */
  readonly back?: boolean;
}

/** Reads the state of the deploy root and the engine, beside an artifact and its payload. Changes nothing. */
export async function observe(
  artifact: Artifact,
  payload: Payload,
  deployRoot: string,
  ports: Pick<Ports, 'files' | 'engine' | 'secrets'>,
  { policy, rotate, back = false }: ObserveOptions = { policy: [] },
): Promise<Result<Observed>> {
  const { files, engine } = ports;
  const root = await observeRoot(artifact, deployRoot, files);
  if (!root.ok) return root;
  const elsewhere = await checkElsewhere(artifact.project, deployRoot, engine);
  if (!elsewhere.ok) return elsewhere;
  const running = await engine.observe();
  if (!running.ok) return running;
  const strays = (await engine.strays?.()) ?? ok([]);
  if (!strays.ok) return strays;
  const remote = (await engine.isRemote?.()) ?? ok(false);
  if (!remote.ok) return remote;
  const misnamed = back ? await observeMisnamed(artifact, engine) : ok(new Map<string, string>());
  if (!misnamed.ok) return misnamed;
  const programs = new Map<string, string>();
  for (const [name, service] of Object.entries(artifact.services)) {
    const program = await engine.program(name, misnamed.value.get(service.image) ?? service.image);
    if (!program.ok) return program;
    if (program.value !== undefined) programs.set(name, program.value);
  }
  const stores = await observeStores(artifact, payload, deployRoot, files);
  if (!stores.ok) return stores;
  const secrets = await observeSecrets(policy, deployRoot, ports, rotate);
  if (!secrets.ok) return secrets;
  const folder = generationFolder(deployRoot, artifact.generation);
  const kept = await isKept(artifact, payload, folder, files);
  if (!kept.ok) return kept;
  const versions = versionsText(versionsOf({ artifact, payload, secrets: secrets.value }));
  const file = contractPath('deploy', 'versions', deployRoot, { generation: artifact.generation });
  const versionsKept = await isVersions(file, versions, files);
  if (!versionsKept.ok) return versionsKept;
  const provenanceKept = await isProvenance(
    contractPath('generation', 'provenance', folder),
    artifact.generation,
    files,
  );
  if (!provenanceKept.ok) return provenanceKept;
  return ok({
    artifact,
    ...root.value,
    ...stores.value,
    payload,
    running: running.value,
    strays: strays.value,
    remote: remote.value,
    programs,
    misnamed: misnamed.value,
    secrets: secrets.value,
    versionsKept: versionsKept.value,
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
  const path = contractPath('generation', 'artifact', folder);
  const there = await files.stat(path);
  if (!there.ok || there.value === undefined) return there.ok ? ok(false) : there;
  const text = await files.readText(path);
  if (!text.ok) return text;
  if (text.value !== artifactText(artifact)) return ok(false);
  const seen = await lookAt(within(folder, artifact.payload_dir), payload, files);
  return seen.ok ? ok(seen.value !== 'damaged') : seen;
}

/** artifact.json as it is kept with its generation. */
export function artifactText(artifact: Artifact): string {
  return `${JSON.stringify(artifact, null, 2)}\n`;
}

/** What secrets.env of the artifact's generation must hold: the version of each service that mounts one. */
export function versionsOf({ artifact, payload, secrets }: Pick<Observed, 'artifact' | 'payload' | 'secrets'>) {
  return new Map(
    secrets.flatMap(({ service, version }) =>
      mountsVersion(service, artifact, payload) ? [[service, version] as const] : [],
    ),
  );
}

/** A generation of a Plumbline without versions mounts one by its name. */
function mountsVersion(service: string, { compose_file }: Artifact, payload: Payload): boolean {
  return new TextDecoder().decode(payload.get(compose_file)).includes(`\${${versionVariable(service)}`);
}

async function isVersions(path: string, text: string, files: Ports['files']): Promise<Result<boolean>> {
  const there = await files.stat(path);
  if (!there.ok || there.value === undefined) return there.ok ? ok(text === '') : there;
  const found = await files.read(path);
  return found.ok ? ok(new TextDecoder().decode(found.value) === text) : found;
}
