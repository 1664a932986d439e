import type { ImagesLock, LockedImage, LockedImages } from '@plumbline/contracts';

/** A lock with what was found of some pins in place of what it said of them; what it says of others stays. Pure. */
export function relock(before: ImagesLock | undefined, found: LockedImages): ImagesLock {
  const all = Object.entries({ ...before?.images, ...found }).sort(([a], [b]) => (a < b ? -1 : 1));
  return { schema_version: '1', images: Object.fromEntries(all.map(([pin, image]) => [pin, ordered(image)])) };
}

/** The pins of which a lock says something else than was found, or nothing. Pure. */
export function staleOf(before: ImagesLock | undefined, found: LockedImages): readonly string[] {
  const text = (image: LockedImage | undefined) => image && JSON.stringify(ordered(image));
  return Object.keys(found)
    .filter((pin) => text(before?.images[pin]) !== text(found[pin]))
    .sort();
}

/** images.lock.json: the same bytes for the same images, however they were found. Pure. */
export function lockText(lock: ImagesLock): string {
  return `${JSON.stringify(lock, null, 2)}\n`;
}

function ordered({ index_digest, platforms }: LockedImage): LockedImage {
  const sorted = Object.entries(platforms).sort(([a], [b]) => (a < b ? -1 : 1));
  const entries = sorted.map(([name, { manifest_digest, config_digest }]) => {
    return [name, { manifest_digest, config_digest }] as const;
  });
  return { index_digest, platforms: Object.fromEntries(entries) };
}
