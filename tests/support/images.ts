import type { ImageIdentity, ImagesLock, LockedImage } from '../../contracts/src/index.ts';

/** A digest that is one letter over and over. */
export const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;

/** An image that is here and that `lockedImage` locks, changed as a test needs it. */
export function identity(change: Partial<ImageIdentity> = {}): ImageIdentity {
  const none = { manifestDigest: null, indexDigest: null };
  return { configDigest: digest('a'), ...none, platform: 'linux/amd64', runsHere: true, ...change };
}

/** An image of a registry, for one platform. */
export function lockedImage(config = digest('a')): LockedImage {
  return {
    index_digest: digest('1'),
    platforms: { 'linux/amd64': { manifest_digest: digest('2'), config_digest: config } },
  };
}

/** A lock that says of each pin that it is that image. */
export function imagesLock(...pins: readonly string[]): ImagesLock {
  return { schema_version: '1', images: Object.fromEntries(pins.map((pin) => [pin, lockedImage()])) };
}
