import { createHash } from 'node:crypto';
import { contractName, type ImagesArchive } from '@plumbline/contracts';
import { bytesOf, type TarEntry } from '../adapters/tar.ts';

/** The archive's own list of what is in it, and the lock beside it. */
export const MANIFEST_ENTRY = 'plumbline.json';
export const LOCK_ENTRY = contractName('config', 'images_lock');
/** Docker's list of the images (moby image spec, "Combined Image JSON + Filesystem Changeset Format"). */
const DOCKER_ENTRY = 'manifest.json';
const DOCUMENT_BYTES = 32 << 20;
const kept: ReadonlySet<string> = new Set([MANIFEST_ENTRY, DOCKER_ENTRY]);

/** What was seen of an archive. */
export interface SeenArchive {
  /** Every entry that is no folder, by name. */
  readonly entries: Map<string, ImagesArchive['entries'][string]>;
  /** The documents that say what is in it. */
  readonly texts: Map<string, string>;
  /** Names that stand in it more than once, or are neither files nor links. */
  readonly odd: string[];
}

/** An image as docker lists it in an archive. */
export interface ArchivedImage {
  readonly config: string;
  readonly tags: readonly string[];
  readonly layers: readonly string[];
}

export function emptyArchive(): SeenArchive {
  return { entries: new Map(), texts: new Map(), odd: [] };
}

/** Reads an entry to its end and writes down what it is; its bytes go on to `sink` where there is one. */
export async function see(
  { entries, texts, odd }: SeenArchive,
  entry: TarEntry,
  sink?: (entry: TarEntry, body: AsyncIterable<Uint8Array>) => Promise<void>,
): Promise<void> {
  const { name, kind, target, body } = entry;
  if (kind === 'other' || entries.has(name)) odd.push(name);
  const hash = createHash('sha256');
  let size = 0;
  const counted = async function* () {
    for await (const chunk of body) {
      hash.update(chunk);
      size += chunk.length;
      yield chunk;
    }
  };
  if (kept.has(name) && entry.size <= DOCUMENT_BYTES) {
    const bytes = await bytesOf(counted());
    texts.set(name, bytes.toString('utf8'));
    await sink?.(entry, once(bytes));
  } else if (sink !== undefined) await sink(entry, counted());
  else await drain(counted());
  if (kind === 'folder') return;
  if (kind !== 'file') hash.update(target);
  entries.set(name, { sha256: hash.digest('hex'), size });
}

/** Bytes that are in memory, as a body. */
export async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function drain(body: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of body);
}

/** The images of an archive; undefined where it does not say. Pure. */
export function imagesIn({ texts }: SeenArchive): readonly ArchivedImage[] | undefined {
  try {
    const listed = JSON.parse(texts.get(DOCKER_ENTRY) ?? '') as readonly {
      readonly Config: string;
      readonly RepoTags: readonly string[] | null;
      readonly Layers: readonly string[];
    }[];
    return listed.map(({ Config, RepoTags, Layers }) => ({ config: Config, tags: RepoTags ?? [], layers: Layers }));
  } catch {
    return undefined;
  }
}
