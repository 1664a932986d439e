import { failure } from './failure.ts';
import type { Owner } from './generated/types.ts';
import { contractName, contractPath } from './paths.ts';
import type { FilesPort } from './ports.ts';
import { err, ok, type Result } from './result.ts';

const VERSION = '1';

/**
 * Whose a deploy root is; undefined where nobody has deployed there. E_ENV_ROOT_FOREIGN where it is another project's,
 * E_CONFIG_SCHEMA_VERSION where a newer Plumbline laid it out, E_ENV_ROOT_UNSAFE where its owner.json cannot be read as one.
 */
export async function ownerOf(
  deployRoot: string,
  project: string,
  files: Pick<FilesPort, 'stat' | 'readText'>,
): Promise<Result<Owner | undefined>> {
  const file = contractPath('deploy', 'owner', deployRoot);
  const there = await files.stat(file);
  if (!there.ok) return there;
  if (there.value === undefined) return ok(undefined);
  const unsafe = (why: string) => err(failure('E_ENV_ROOT_UNSAFE', `${file} ${why}`, { place: { file } }));
  if (there.value.kind !== 'file') return unsafe('is not a file');
  const text = await files.readText(file);
  if (!text.ok && text.failure.code !== 'E_CONFIG_NOT_TEXT') return text;
  const owner = text.ok ? parse(text.value) : undefined;
  if (owner === undefined) return unsafe('does not say whose the deploy root is');
  if (owner.schema_version !== VERSION) {
    const message = `${deployRoot} was laid out by another version of Plumbline (layout ${owner.schema_version}; this one knows ${VERSION})`;
    return err(
      failure('E_CONFIG_SCHEMA_VERSION', message, { place: { file }, hint: 'deploy with the newer Plumbline' }),
    );
  }
  if (owner.project !== project) {
    const message = `${deployRoot} belongs to the project ${owner.project}, not to ${project}`;
    return err(failure('E_ENV_ROOT_FOREIGN', message, { place: { file } }));
  }
  return ok(owner);
}

function parse(text: string): Owner | undefined {
  try {
    const value = JSON.parse(text) as Partial<Record<keyof Owner, unknown>> | null;
    return typeof value?.schema_version === 'string' && typeof value.project === 'string'
      ? (value as Owner)
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The generation that `current` or `verified` names; undefined where there is no such link. A link that leads anywhere
 * else, or something that is no link, is E_ENV_ROOT_UNSAFE: what it names is not Plumbline's to read or to change.
 */
export async function pointer(
  name: 'current' | 'verified',
  deployRoot: string,
  files: Pick<FilesPort, 'stat' | 'readLink'>,
): Promise<Result<string | undefined>> {
  const file = contractPath('deploy', name, deployRoot);
  const link = await files.readLink(file);
  if (!link.ok) return link;
  const unsafe = (why: string) => err(failure('E_ENV_ROOT_UNSAFE', `${file} ${why}`, { place: { file } }));
  if (link.value === undefined) {
    const there = await files.stat(file);
    if (!there.ok) return there;
    return there.value === undefined ? ok(undefined) : unsafe('is not a link');
  }
  const generation = link.value.split('/').at(-1) ?? '';
  return /^[0-9a-f]{64}$/.test(generation) && link.value === pointerTarget(generation)
    ? ok(generation)
    : unsafe(`leads to ${link.value}, which is no generation of this deploy root`);
}

/** A generation that a deploy root keeps. */
export interface Generation {
  readonly id: string;
  readonly folder: string;
}

/**
 * As pointer, of a generation that is to be read: E_ENV_ROOT_UNSAFE also where it is gone, E_CONFIG_SCHEMA_VERSION where
 * a newer Plumbline wrote it. Who deploys asks `pointer`, for what is gone is written again.
 */
export async function keptGeneration(
  name: 'current' | 'verified',
  deployRoot: string,
  files: Pick<FilesPort, 'stat' | 'readLink' | 'read'>,
): Promise<Result<Generation | undefined>> {
  const id = await pointer(name, deployRoot, files);
  if (!id.ok || id.value === undefined) return id.ok ? ok(undefined) : id;
  const folder = generationFolder(deployRoot, id.value);
  const there = await files.stat(folder);
  if (!there.ok) return there;
  if (there.value?.kind !== 'directory') {
    const file = contractPath('deploy', name, deployRoot);
    const message = `${file} leads to ${pointerTarget(id.value)}, which is ${there.value === undefined ? 'gone' : 'no directory'}`;
    return err(failure('E_ENV_ROOT_UNSAFE', message, { place: { file } }));
  }
  const known = await checkGenerationVersion(id.value, deployRoot, files);
  return known.ok ? ok({ id: id.value, folder }) : known;
}

/** E_CONFIG_SCHEMA_VERSION for a generation of a newer Plumbline. One that says nothing of its version is not newer. */
export async function checkGenerationVersion(
  generation: string,
  deployRoot: string,
  files: Pick<FilesPort, 'stat' | 'read'>,
): Promise<Result<void>> {
  const file = contractPath('generation', 'artifact', generationFolder(deployRoot, generation));
  const there = await files.stat(file);
  if (!there.ok || there.value?.kind !== 'file') return there.ok ? ok(undefined) : there;
  const bytes = await files.read(file);
  if (!bytes.ok) return bytes;
  const version = versionOf(new TextDecoder().decode(bytes.value));
  if (version === undefined || version === VERSION) return ok(undefined);
  const message = `${generation.slice(0, 12)} was deployed by another version of Plumbline (artifact ${version}; this one knows ${VERSION})`;
  return err(failure('E_CONFIG_SCHEMA_VERSION', message, { place: { file }, hint: 'deploy with the newer Plumbline' }));
}

function versionOf(text: string): string | undefined {
  try {
    const { schema_version: version } = (JSON.parse(text) ?? {}) as { readonly schema_version?: unknown };
    return version === undefined ? undefined : String(version);
  } catch {
    return undefined;
  }
}

/** The folder that a deploy root keeps a generation in. */
export function generationFolder(deployRoot: string, generation: string): string {
  return contractPath('deploy', 'generation', deployRoot, { generation });
}

/** What `current` and `verified` say of a generation: its folder, relative to the deploy root. */
export function pointerTarget(generation: string): string {
  return contractName('deploy', 'generation', { generation });
}
