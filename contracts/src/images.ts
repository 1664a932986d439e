import { dirname } from 'node:path';
import type { ImageIdentity } from './engine-port.ts';
import { type Failure, failure } from './failure.ts';
import type { ImagesLock, Provenance } from './generated/types.ts';
import { contractPath } from './paths.ts';

/** What images.lock.json says of some pins. */
export type LockedImages = ImagesLock['images'];
export type LockedImage = LockedImages[string];
/** What runs, by tag and digests (seed 002, P10). */
export type Quadruple = NonNullable<Provenance['services'][string]['identity']>;

const SHORT = 'sha256:'.length + 12;

/** Where the lock of an environment stands: beside the environment's own file. */
export function imagesLockFile({ file }: { readonly file: string }): string {
  return contractPath('config', 'images_lock', dirname(file));
}

/** The entries of a lock for some pins, and the pins that it has none for, sorted. Pure. */
export function lockedOf(
  pins: readonly string[],
  { images }: ImagesLock,
): { readonly locked: LockedImages; readonly missing: readonly string[] } {
  const sorted = [...new Set(pins)].sort();
  const entries = sorted.flatMap((pin) => (images[pin] === undefined ? [] : [[pin, images[pin]] as const]));
  return { locked: Object.fromEntries(entries), missing: sorted.filter((pin) => images[pin] === undefined) };
}

/**
 * Why an image that is here must not run: E_DEPS_IMAGE_PLATFORM where the engine runs no such thing, and
 * E_PROOF_IMAGE_MISMATCH where it is none of those that are locked, with both digests. undefined where it may. Compared is
 * the digest of the configuration: the others are lost in an archive, and an index changes with what is attested of it.
 * Pure.
 */
export function imageFault(image: string, found: ImageIdentity, locked: LockedImage | undefined): Failure | undefined {
  const { configDigest, platform, runsHere } = found;
  if (!runsHere) {
    const message = `${image} here is for ${platform}, which this Docker daemon does not run`;
    return failure('E_DEPS_IMAGE_PLATFORM', message, { evidence: { image, found } });
  }
  if (locked === undefined || configsOf(locked).includes(configDigest)) return undefined;
  const wanted = locked.platforms[platform]?.config_digest;
  const locks = wanted === undefined ? `nothing for ${platform}` : wanted.slice(0, SHORT);
  const message = `${image} here is ${configDigest.slice(0, SHORT)}, and images.lock.json locks ${locks}`;
  return failure('E_PROOF_IMAGE_MISMATCH', message, {
    evidence: { image, locked: wanted ?? configsOf(locked), found: configDigest },
  });
}

/** An image that cannot be had, because no registry is to be asked. */
export function notHereOffline(...images: readonly string[]): Failure {
  const message = `not on this host, and offline_mode forbids to pull: ${images.join(', ')}`;
  return failure('E_DEPS_IMAGE_MISSING', message, { hint: IMPORT_HINT, evidence: { images } });
}

const IMPORT_HINT =
  '`./plumb images import FILE`, with a FILE that `./plumb images export` wrote where the registry can be reached';

/** The four names of what runs. What the engine does not tell is what the lock knows an image of that configuration by. Pure. */
export function quadruple(tag: string, found: ImageIdentity, locked: LockedImage | undefined): Quadruple {
  const known = Object.values(locked?.platforms ?? {}).find((one) => one.config_digest === found.configDigest);
  return {
    tag,
    index_digest: found.indexDigest ?? (known === undefined ? null : (locked?.index_digest ?? null)),
    manifest_digest: found.manifestDigest ?? known?.manifest_digest ?? null,
    config_digest: found.configDigest,
    platform: found.platform,
  };
}

function configsOf({ platforms }: LockedImage): readonly string[] {
  return Object.values(platforms).map(({ config_digest }) => config_digest);
}
