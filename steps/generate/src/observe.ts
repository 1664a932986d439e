import {
  type Environment,
  err,
  type FilesPort,
  failure,
  imagesLockFile,
  type LockedImages,
  lockedOf,
  ok,
  type Ports,
  type Result,
} from '@plumbline/contracts';
import { readImagesLock } from '@plumbline/formats/images-lock';

/** Every template of the stack, by its name below `templates/`. */
export type Templates = ReadonlyMap<string, string>;

/** Reads the stack's templates. */
export async function observe(config: Environment, files: FilesPort): Promise<Result<Templates>> {
  const folder = `${config.paths.stacks_dir}/${config.bootstrap.stack}/templates`;
  const names = await files.list(folder);
  if (!names.ok) return names;
  if (names.value.length === 0) {
    return err(
      failure('E_CONFIG_NOT_FOUND', `the stack ${config.bootstrap.stack} has no templates`, {
        place: { file: folder },
      }),
    );
  }
  const templates = new Map<string, string>();
  for (const name of names.value) {
    const text = await files.readText(`${folder}/${name}`);
    if (!text.ok) return text;
    templates.set(name, text.value);
  }
  return ok(templates);
}

/**
 * What images.lock.json says of the pins; undefined where there is no such file. One that lacks a pin is
 * E_CONFIG_IMAGES_UNLOCKED, but on an engine that needs no images.
 */
export async function observeLock(
  config: Environment,
  { files, engine }: Pick<Ports, 'files' | 'engine'>,
): Promise<Result<LockedImages | undefined>> {
  const file = imagesLockFile(config);
  const lock = await readImagesLock(file, files);
  if (!lock.ok || lock.value === undefined) return lock.ok ? ok(undefined) : lock;
  const { locked, missing } = lockedOf(Object.values(config.bootstrap.image_pins), lock.value);
  if (missing.length === 0 || engine.identity === undefined) return ok(locked);
  const message = `images.lock.json has nothing for ${missing.join(', ')}`;
  return err(failure('E_CONFIG_IMAGES_UNLOCKED', message, { place: { file } }));
}
