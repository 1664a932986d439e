import {
  type Artifact,
  type EnginePort,
  err,
  failure,
  type ImageIdentity,
  imageFault,
  type LockedImage,
  notHereOffline,
  ok,
  type Result,
} from '@plumbline/contracts';
import type { ApplyOp } from './operation.ts';

/**
 * Refuses before anything is changed: where an image that is here is not the one that the artifact locks, or one that is
 * to be pulled cannot be had. An engine that needs no images is asked nothing.
 */
export async function checkImages(
  { artifact, misnamed }: { readonly artifact: Artifact; readonly misnamed: ReadonlyMap<string, string> },
  ops: readonly ApplyOp[],
  engine: EnginePort,
  offline: boolean,
): Promise<Result<void>> {
  // What is misnamed gets its name back before anything is made of it.
  for (const image of imagesOf(artifact).filter((one) => !misnamed.has(one))) {
    const found = await engine.identity?.(image);
    if (found !== undefined && !found.ok) return found;
    const fault = found?.value && imageFault(image, found.value, artifact.images?.[image]);
    if (fault !== undefined) return err(fault);
  }
  const wanted = ops.flatMap((op) => (op.op === 'pull' ? [op.image] : []));
  if (offline && wanted.length > 0) return err(notHereOffline(...wanted));
  for (const image of wanted) {
    const where = (await engine.image?.(image)) ?? ok('here');
    if (!where.ok) return where;
    if (where.value === 'missing') return err(failure('E_DEPS_IMAGE_MISSING', `neither here nor to be had: ${image}`));
  }
  return ok(undefined);
}

/**
 * Image -> the id, on this host, of the one that an artifact locks under that name, where the name stands for another by
 * now or for none. Going back must not fail because a tag has moved on since.
 */
export async function observeMisnamed(
  artifact: Artifact,
  engine: EnginePort,
): Promise<Result<ReadonlyMap<string, string>>> {
  const misnamed = new Map<string, string>();
  for (const image of imagesOf(artifact)) {
    const locked = artifact.images?.[image];
    // A pin by digest is no name that could be given to another.
    if (locked === undefined || image.includes('@') || engine.identity === undefined) continue;
    const named = await engine.identity(image);
    if (!named.ok) return named;
    if (named.value !== undefined && imageFault(image, named.value, locked) === undefined) continue;
    const meant = (await engine.find?.(image, digestsOf(locked))) ?? ok(undefined);
    if (!meant.ok) return meant;
    if (meant.value !== undefined && imageFault(image, meant.value.identity, locked) === undefined)
      misnamed.set(image, meant.value.id);
  }
  return ok(misnamed);
}

/** By which a host may know an image: its configuration's, or, where containerd keeps images, its index's or manifest's. */
function digestsOf({ index_digest, platforms }: LockedImage): readonly string[] {
  const all = Object.values(platforms).flatMap(({ config_digest, manifest_digest }) => [
    config_digest,
    manifest_digest,
  ]);
  return [...all, index_digest].filter((digest) => digest !== null);
}

/** That an image is here and is the one that the artifact locks: after it was pulled, and before a container is made of it. */
export async function confirmImage(image: string, { images }: Artifact, engine: EnginePort): Promise<Result<void>> {
  const found = await engine.identity?.(image);
  if (found === undefined) return ok(undefined);
  if (!found.ok) return found;
  if (found.value === undefined) return err(failure('E_DEPS_IMAGE_MISSING', `${image} is no longer on this host`));
  return judged(image, found.value, images);
}

/** That a container was made of the image that the artifact locks, whatever its tag named at that moment. */
export function confirmRunning(image: string, identity: ImageIdentity | undefined, { images }: Artifact): Result<void> {
  return identity === undefined ? ok(undefined) : judged(image, identity, images);
}

function judged(image: string, found: ImageIdentity, images: Artifact['images']): Result<void> {
  const fault = imageFault(image, found, images?.[image]);
  return fault === undefined ? ok(undefined) : err(fault);
}

function imagesOf({ services }: Artifact): readonly string[] {
  return [...new Set(Object.values(services).map(({ image }) => image))].sort();
}
