import {
  type Artifact,
  checkGenerationVersion,
  contractName,
  contractPath,
  type FilesPort,
  generationFolder,
  ok,
  ownerOf,
  type Provenance,
  pointer,
  type Result,
  TEMPORARY,
  within,
} from '@plumbline/contracts';
import { type Journal, readJournal } from './journal.ts';
import { checkOwn } from './own-root.ts';

/** A deploy root as earlier runs left it. */
export interface Root {
  /** Whether it has its owner.json. */
  readonly claimed: boolean;
  /** Whether the folder is there that the proof's own log file goes into. */
  readonly probe: boolean;
  /** The generations that `current` and `verified` name. */
  readonly current: string | undefined;
  readonly verified: string | undefined;
  readonly journal: Journal;
  /** Paths, below the root, that a write that was cut off has left. */
  readonly leftovers: readonly string[];
  /** Service -> its instance and configuration as the last apply of `current` observed them. */
  readonly deployed: ReadonlyMap<string, Deployed>;
}

export type Deployed = Pick<Provenance['services'][string], 'instance' | 'service_hash' | 'restarts' | 'started_at'>;

type Files = Pick<FilesPort, 'stat' | 'read' | 'readText' | 'readLink' | 'entries' | 'list'>;

/**
 * Reads a deploy root and refuses one that is not this project's to change: E_ENV_ROOT_FOREIGN, E_ENV_ROOT_UNSAFE, or
 * E_CONFIG_SCHEMA_VERSION where a newer Plumbline deployed there. Changes nothing.
 */
export async function observeRoot(artifact: Artifact, deployRoot: string, files: Files): Promise<Result<Root>> {
  const owner = await ownerOf(deployRoot, artifact.project, files);
  if (!owner.ok) return owner;
  const own = await checkOwn(deployRoot, files);
  if (!own.ok) return own;
  const inside = await files.entries(deployRoot);
  if (!inside.ok) return inside;
  const stores = await files.entries(contractPath('deploy', 'stores', deployRoot));
  if (!stores.ok) return stores;
  const current = await pointer('current', deployRoot, files);
  if (!current.ok) return current;
  const verified = await pointer('verified', deployRoot, files);
  if (!verified.ok) return verified;
  const known =
    current.value === undefined ? ok(undefined) : await checkGenerationVersion(current.value, deployRoot, files);
  if (!known.ok) return known;
  const journal = await observeJournal(deployRoot, files);
  if (!journal.ok) return journal;
  const provenance = await observeProvenance(current.value, deployRoot, files);
  if (!provenance.ok) return provenance;
  const leftovers = await findLeftovers(deployRoot, inside.value, stores.value, files);
  if (!leftovers.ok) return leftovers;
  return ok({
    claimed: owner.value !== undefined,
    probe: inside.value.some(({ name }) => name === contractName('deploy', 'probe')),
    current: current.value,
    verified: verified.value,
    journal: journal.value,
    leftovers: leftovers.value,
    deployed: current.value === undefined ? new Map() : deployedOf(provenance.value),
  });
}

async function observeProvenance(
  generation: string | undefined,
  deployRoot: string,
  files: Pick<FilesPort, 'stat' | 'read'>,
): Promise<Result<string | undefined>> {
  if (generation === undefined) return ok(undefined);
  return readIfThere(contractPath('generation', 'provenance', generationFolder(deployRoot, generation)), files);
}

/** The journal of a deploy root; an empty one where there is none. */
export async function observeJournal(
  deployRoot: string,
  files: Pick<FilesPort, 'stat' | 'read'>,
): Promise<Result<Journal>> {
  const text = await readIfThere(contractPath('deploy', 'journal', deployRoot), files);
  return text.ok ? ok(readJournal(text.value ?? '')) : text;
}

async function findLeftovers(
  deployRoot: string,
  inside: readonly { readonly name: string }[],
  stores: readonly { readonly name: string }[],
  files: Files,
): Promise<Result<readonly string[]>> {
  const [store, generations] = [contractName('deploy', 'stores'), contractName('deploy', 'generations')];
  const found = [...inside.map(({ name }) => name), ...stores.map(({ name }) => within(store, name))];
  for (const folder of [generations, contractName('deploy', 'secrets')]) {
    const below = await files.list(within(deployRoot, folder));
    if (!below.ok) return below;
    found.push(...below.value.map((path) => within(folder, path)));
  }
  // A directory that was cut off before its first file is on no list of files.
  const kept = await files.entries(within(deployRoot, generations));
  if (!kept.ok) return kept;
  for (const { name } of kept.value) {
    const folder = within(generations, name);
    const entries = await files.entries(within(deployRoot, folder));
    if (!entries.ok) return entries;
    found.push(...entries.value.map((entry) => within(folder, entry.name)));
  }
  return ok([...new Set(found.flatMap((path) => temporaryPart(path) ?? []))]);
}

/** As much of a path as is temporary: a whole directory may be. */
function temporaryPart(path: string): string | undefined {
  const parts = path.split('/');
  const at = parts.findIndex((part) => TEMPORARY.test(part));
  return at < 0 ? undefined : parts.slice(0, at + 1).join('/');
}

/** The text of a file. What is cut in the middle of a character, or was spoilt, must not hide the rest. */
async function readIfThere(path: string, files: Pick<FilesPort, 'stat' | 'read'>): Promise<Result<string | undefined>> {
  const there = await files.stat(path);
  if (!there.ok || there.value === undefined) return there.ok ? ok(undefined) : there;
  const bytes = await files.read(path);
  return bytes.ok ? ok(new TextDecoder().decode(bytes.value)) : bytes;
}

function deployedOf(text: string | undefined): ReadonlyMap<string, Deployed> {
  const provenance = text === undefined ? undefined : (parse(text) as Provenance | undefined);
  return new Map(Object.entries(provenance?.services ?? {}));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
