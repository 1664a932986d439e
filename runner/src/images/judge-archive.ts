import { type Failure, failure, type ImagesArchive, type ImagesLock } from '@plumbline/contracts';
import { imagesArchive } from '@plumbline/contracts/validators';
import { type ArchivedImage, imagesIn, MANIFEST_ENTRY, type SeenArchive } from './archive.ts';

/** What an archive must hold. */
export interface Wanted {
  readonly file: string;
  readonly pins: readonly string[];
  /** Of those pins. */
  readonly lock: ImagesLock;
  /** All that images.lock.json says: the environments beside it share it, and may have exported more than this one has. */
  readonly known: ImagesLock['images'];
  /** Two names of one image, as docker and a person may write it. */
  same(a: string, b: string): boolean;
}

/**
 * Why an archive must not be loaded, the first reason: it is not as it was exported (E_PROOF_ARCHIVE_DAMAGED), lacks an
 * image (E_DEPS_IMAGE_MISSING), holds another than is locked (E_PROOF_IMAGE_MISMATCH), or one that nothing is known of
 * (E_CONFIG_IMAGES_UNLOCKED). Pure.
 */
export function judgeArchive(seen: SeenArchive, wanted: Wanted): Failure | undefined {
  return judgeEntries(seen, wanted.file) ?? judgeImages(seen, wanted);
}

/** Whether an archive holds the images that are locked, whole. Pure. */
export function judgeImages(seen: SeenArchive, wanted: Wanted): Failure | undefined {
  const { file, pins, known, same } = wanted;
  const images = imagesIn(seen);
  if (images === undefined) return damaged(file, 'it does not say which images it holds');
  for (const pin of pins) {
    const found = images.find(({ tags }) => tags.some((tag) => same(tag, pin)));
    if (found === undefined) return failure('E_DEPS_IMAGE_MISSING', `${file} has no image ${pin}`, { hint: AGAIN });
    const fault = lacks(found, seen, file) ?? isAnother(pin, found, seen, wanted);
    if (fault !== undefined) return fault;
  }
  for (const image of images)
    for (const tag of image.tags) {
      const pin = Object.keys(known).find((one) => same(one, tag));
      if (pin === undefined)
        return failure('E_CONFIG_IMAGES_UNLOCKED', `${file} holds ${tag}, of which images.lock.json says nothing`);
      const fault = lacks(image, seen, file) ?? isAnother(pin, image, seen, wanted);
      if (fault !== undefined) return fault;
    }
  return undefined;
}

const AGAIN = 'export the images again, with the environment whose lock this is: `./plumb images export FILE`';

function judgeEntries({ entries, texts, odd }: SeenArchive, file: string): Failure | undefined {
  const text = texts.get(MANIFEST_ENTRY);
  if (text === undefined)
    return damaged(file, `it has no ${MANIFEST_ENTRY} at its end: it is cut off, or no archive of ours`);
  const listed = parse(text);
  if (listed === undefined) return damaged(file, `its ${MANIFEST_ENTRY} cannot be read`);
  if (odd[0] !== undefined) return damaged(file, `${odd[0]} is in it twice, or is no file`);
  for (const [name, { sha256, size }] of Object.entries(listed.entries)) {
    const found = entries.get(name);
    if (found === undefined) return damaged(file, `${name} is not in it`);
    if (found.sha256 !== sha256 || found.size !== size)
      return damaged(file, `${name} is not as it was exported`, { entry: name, listed: sha256, found: found.sha256 });
  }
  const strange = [...entries.keys()].find((name) => name !== MANIFEST_ENTRY && listed.entries[name] === undefined);
  return strange === undefined ? undefined : damaged(file, `${strange} is in it, and was not exported`);
}

/** What docker lists and does not give: it says nothing of that itself. */
function lacks({ config, layers }: ArchivedImage, { entries }: SeenArchive, file: string): Failure | undefined {
  const gone = [config, ...layers].find((name) => !entries.has(name));
  return gone === undefined ? undefined : damaged(file, `${gone} is not in it, though an image is made of it`);
}

/** What an archived image will be once it is loaded is the hash of its configuration. */
function isAnother(pin: string, { config }: ArchivedImage, seen: SeenArchive, wanted: Wanted): Failure | undefined {
  const found = `sha256:${seen.entries.get(config)?.sha256}`;
  const locked = Object.values(wanted.known[pin]?.platforms ?? {}).map(({ config_digest }) => config_digest);
  if (locked.includes(found)) return undefined;
  const message = `${wanted.file} holds ${found} as ${pin}, and images.lock.json locks ${locked.join(' or ')}`;
  return failure('E_PROOF_IMAGE_MISMATCH', message, { evidence: { image: pin, locked, found } });
}

function damaged(file: string, why: string, evidence: Readonly<Record<string, unknown>> = {}): Failure {
  return failure('E_PROOF_ARCHIVE_DAMAGED', `${file}: ${why}`, { place: { file }, evidence });
}

function parse(text: string): ImagesArchive | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return imagesArchive(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
