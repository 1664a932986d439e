import { type Check, type Environment, failure, judgeRuntime } from '@plumbline/contracts';
import { bad, doubtful, good, skipped, unseen } from './check.ts';
import type { Observation } from './observation.ts';

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

export function judgeImages({ images, engine }: Observation): Check {
  if (images === undefined) return skipped('images', `the engine ${engine} pulls no images`);
  const evidence = {
    images: Object.fromEntries(images.map(({ image, where }) => [image, where.ok ? where.value : null])),
  };
  const unlooked = images.find(({ where }) => !where.ok)?.where;
  if (unlooked !== undefined && !unlooked.ok) return unseen('images', unlooked.failure, evidence);
  const missing = images.filter(({ where }) => where.ok && where.value === 'missing').map(({ image }) => image);
  if (missing.length === 0) return good('images', `${images.length} images are here or can be pulled`, evidence);
  const message = `neither here nor to be had: ${missing.join(', ')}`;
  return bad('images', failure('E_DEPS_IMAGE_MISSING', message), evidence);
}
