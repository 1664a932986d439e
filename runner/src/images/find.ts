import {
  type EnginePort,
  err,
  type Failure,
  failure,
  type ImageIdentity,
  imageFault,
  type LockedImage,
  notHereOffline,
  ok,
  type Result,
} from '@plumbline/contracts';

/** What a pin stands for, and who says so. */
export interface FoundImage {
  readonly image: LockedImage;
  readonly from: 'registry' | 'host' | 'lock';
  /** Why the registry was not the one to say it. */
  readonly unasked?: Failure;
}

/** Who can be asked about images. */
export interface Sources {
  readonly engine: EnginePort;
  /** Not there where no registry is to be asked. */
  registry?(pin: string): Promise<Result<LockedImage | undefined>>;
}

/**
 * What a pin stands for: what its registry says; where that has no such image, or cannot be asked, the image that is
 * here, which is then known by its configuration alone, unless the lock as it was knows more of that very image.
 * E_DEPS_IMAGE_MISSING where nobody has it.
 */
export async function findImage(
  pin: string,
  before: LockedImage | undefined,
  { engine, registry }: Sources,
): Promise<Result<FoundImage>> {
  const said = await registry?.(pin);
  if (said?.ok && said.value !== undefined) return ok({ image: said.value, from: 'registry' });
  const here = (await engine.identity?.(pin)) ?? ok(undefined);
  if (!here.ok) return here;
  if (here.value === undefined) {
    if (said === undefined) return err(notHereOffline(pin));
    return err(said.ok ? failure('E_DEPS_IMAGE_MISSING', `neither here nor to be had: ${pin}`) : said.failure);
  }
  const unasked = said === undefined || said.ok ? {} : { unasked: said.failure };
  if (before !== undefined && imageFault(pin, { ...here.value, runsHere: true }, before) === undefined)
    return ok({ image: before, from: 'lock', ...unasked });
  return ok({ image: known(here.value), from: 'host', ...unasked });
}

function known({ platform, configDigest }: ImageIdentity): LockedImage {
  return { index_digest: null, platforms: { [platform]: { manifest_digest: null, config_digest: configDigest } } };
}
