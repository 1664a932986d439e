import {
  type Check,
  type Environment,
  type Failure,
  failure,
  imageFault,
  judgeRuntime,
  type LockedImages,
  lockedOf,
  notHereOffline,
} from '@plumbline/contracts';
import { bad, doubtful, good, skipped, unseen } from './check.ts';
import { isUnlooked, type Observation } from './observation.ts';

export function judgeDaemon({ daemon, engine }: Observation): Check {
  if (daemon === undefined) return skipped('engine', `the engine ${engine} has no daemon`);
  if (!daemon.ok) return bad('engine', daemon.failure);
  return good('engine', `the daemon of the engine ${engine} answers: ${daemon.value}`, { version: daemon.value });
}

/** The engine is held to what the stack requires of it by the same rule as by apply, which refuses before it begins. */
export function judgeRuntimeFit({ runtime, engine }: Observation, { stack, bootstrap }: Environment): Check {
  const { requirements } = stack;
  if (requirements === undefined) return skipped('runtime', 'the stack requires nothing of the runtime');
  if (runtime === undefined)
    return skipped('runtime', `the engine ${engine} has no daemon that could be held to what the stack requires`);
  const { findings, verdict, failure: cause } = judgeRuntime(requirements, runtime, bootstrap.runtime_policy);
  if (cause === undefined) return good('runtime', `${findings.length} requirements of the stack are met`, { findings });
  const tell = verdict === 'warn' ? doubtful : verdict === 'unknown' ? unseen : bad;
  return tell('runtime', cause, { findings });
}

export function judgeTools({ tools }: Observation): Check {
  const evidence = { tools: Object.fromEntries(tools.map(({ tool, found }) => [tool, found.ok ? found.value : null])) };
  const unlooked = tools.find(({ found }) => !found.ok)?.found;
  if (unlooked !== undefined && !unlooked.ok) return unseen('tools', unlooked.failure, evidence);
  const missing = tools.filter(({ found }) => found.ok && found.value === undefined).map(({ tool }) => tool);
  if (missing.length === 0)
    return good('tools', `${tools.map(({ tool }) => tool).join(', ') || 'no tool'} found`, evidence);
  return bad('tools', failure('E_DEPS_TOOL_MISSING', `not on the PATH: ${missing.join(', ')}`), evidence);
}

export function judgeImages({ images, identities, engine }: Observation, config: Environment): Check {
  if (images === undefined) return skipped('images', `the engine ${engine} pulls no images`);
  const evidence = {
    images: Object.fromEntries(images.map(({ image, where }) => [image, where.ok ? where.value : null])),
  };
  const unlooked = [...images.map(({ where }) => where), ...(identities ?? []).map(({ found }) => found)];
  const failed = unlooked.find((looked) => !looked.ok);
  if (failed !== undefined && !failed.ok) return unseen('images', failed.failure, evidence);
  const missing = images.filter(({ where }) => where.ok && where.value === 'missing').map(({ image }) => image);
  if (missing.length > 0 && config.bootstrap.offline_mode === true)
    return bad('images', notHereOffline(...missing), evidence);
  const message = `neither here nor to be had: ${missing.join(', ')}`;
  if (missing.length > 0) return bad('images', failure('E_DEPS_IMAGE_MISSING', message), evidence);
  const [foreign] = faults(identities, {});
  if (foreign !== undefined) return bad('images', foreign, evidence);
  const summary = config.bootstrap.offline_mode === true ? 'are here' : 'are here or can be pulled';
  return good('images', `${images.length} images ${summary}`, evidence);
}

/** Whether the images that are here are those of images.lock.json. An environment that has none does not ask for it. */
export function judgeImageLock(seen: Observation, config: Environment): Check {
  const { identities, engine, imagesLock, imagesLockFile: file } = seen;
  if (identities === undefined) return skipped('image_lock', `the engine ${engine} runs no images`);
  if (!imagesLock.ok)
    return isUnlooked(imagesLock.failure)
      ? unseen('image_lock', imagesLock.failure)
      : bad('image_lock', imagesLock.failure);
  if (imagesLock.value === undefined)
    return skipped(
      'image_lock',
      'the images are not locked, so whatever is behind a tag is taken: `./plumb images lock`',
    );
  const { locked, missing } = lockedOf(Object.values(config.bootstrap.image_pins), imagesLock.value);
  const message = `images.lock.json has nothing for ${missing.join(', ')}`;
  if (missing.length > 0) return bad('image_lock', failure('E_CONFIG_IMAGES_UNLOCKED', message, { place: { file } }));
  const unlooked = identities.find(({ found }) => !found.ok)?.found;
  if (unlooked !== undefined && !unlooked.ok) return unseen('image_lock', unlooked.failure);
  const [other] = faults(identities, locked);
  if (other !== undefined) return bad('image_lock', other);
  const here = identities.filter(({ found }) => found.ok && found.value !== undefined).length;
  return good('image_lock', `${here} of ${identities.length} images are here, and are those that are locked`, { file });
}

function faults(identities: Observation['identities'], locked: LockedImages): readonly Failure[] {
  return (identities ?? []).flatMap(({ image, found }) => {
    const fault = found.ok && found.value !== undefined ? imageFault(image, found.value, locked[image]) : undefined;
    return fault === undefined ? [] : [fault];
  });
}
