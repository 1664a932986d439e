import { type Check, type Environment, executionModes, failure, placeOf, type Result } from '@plumbline/contracts';
import { bad, good, unseen } from './check.ts';
import { faultsOf } from './judge-pipelines.ts';
import { isUnlooked, type Observation, type ObservedPath } from './observation.ts';

const SCHEMA_VERSION = '2';
const DIRECTORY = 'directory';

/**
 * That the pipelines of the environment fit their schema. The environment itself does: one that breaks its schema or
 * the linter's rules does not get this far.
 */
export function judgeConfig({ pipelines }: Observation, { name, file, stack, bootstrap }: Environment): Check {
  const about = { file, stack: stack.name, services: Object.keys(stack.services), engine: bootstrap.engine };
  if (!pipelines.ok) return unseen('config', pipelines.failure, about);
  const evidence = { ...about, pipelines: pipelines.value.map((pipeline) => pipeline.name) };
  const faults = faultsOf(pipelines.value);
  const broken = faults.filter((fault) => !isUnlooked(fault));
  const [first] = broken;
  if (first !== undefined) {
    const told = broken.map(({ code, message, place }) => ({ code, message, place }));
    return bad('config', first, { ...evidence, broken: told });
  }
  const unlooked = faults.find(isUnlooked);
  if (unlooked !== undefined) return unseen('config', unlooked, evidence);
  const summary = `the environment ${name} fits its schema and its stack, and ${pipelines.value.length} pipelines fit theirs`;
  return good('config', summary, evidence);
}

export function judgeSchemaVersion(_: Observation, environment: Environment): Check {
  const { bootstrap } = environment;
  const version: string = bootstrap.schema_version;
  const evidence = { schema_version: version, bootstrap_version: bootstrap.bootstrap_version };
  if (version === SCHEMA_VERSION) return good('schema_version', `schema version ${version}`, evidence);
  const message = `the environment is of schema version ${version}; this build reads ${SCHEMA_VERSION}`;
  const place = placeOf(environment, '/schema_version');
  return bad('schema_version', failure('E_CONFIG_SCHEMA_VERSION', message, { place }), evidence);
}

/** Every path of the map: what is read is there, and what is written can be. */
export function judgePaths({ paths }: Observation, environment: Environment): Check {
  const evidence = { paths: Object.fromEntries(paths.map(({ name, path }) => [name, path])) };
  for (const path of paths) {
    const looked = path.found.ok ? path.above?.found : path.found;
    if (looked !== undefined && !looked.ok) return unseen('path_map', looked.failure, evidence);
    const problem = problemOf(path);
    if (problem === undefined) continue;
    const source = environment.bootstrap.sources.findIndex(({ name }) => path.name === `sources.${name}`);
    const pointer = source === -1 ? `/path_map/${path.name}` : `/sources/${source}/root`;
    return bad('path_map', failure(problem.code, problem.message, { place: placeOf(environment, pointer) }), evidence);
  }
  return good('path_map', `${paths.length} paths are as they must be`, evidence);
}

function problemOf({ name, path, need, found, blocked, above }: ObservedPath) {
  const seen = seenOf(found);
  const instead = blocked === undefined ? undefined : seenOf(blocked);
  if (need === 'read') {
    if (instead !== undefined) return { code: 'E_ENV_UNREADABLE', message: `${name}: ${instead}` } as const;
    if (seen === undefined) return { code: 'E_CONFIG_NOT_FOUND', message: `${name}: ${path} does not exist` } as const;
    return undefined;
  }
  const where = seen === undefined ? above?.path : path;
  const there = seen ?? (above === undefined ? undefined : seenOf(above.found));
  if (there?.kind === 'link') {
    const message = `${name}: ${where} is a link, and what is written goes below no link: name the folder it leads to`;
    return { code: 'E_ENV_UNWRITABLE', message } as const;
  }
  if (there === undefined || there.kind !== DIRECTORY)
    return { code: 'E_ENV_UNWRITABLE', message: `${name}: ${where} is not a directory` } as const;
  if (!there.writable) return { code: 'E_ENV_UNWRITABLE', message: `${name}: ${where} cannot be written` } as const;
  return undefined;
}

function seenOf<T>(result: Result<T>): T | undefined {
  return result.ok ? result.value : undefined;
}

/** An exact tag on every image. The schema says so too; a schema can be loosened by an overlay or a later version. */
export function judgeImageTags(_: Observation, environment: Environment): Check {
  const { bootstrap } = environment;
  const pins = Object.entries(bootstrap.image_pins);
  const evidence = { image_pins: bootstrap.image_pins };
  const loose = pins.filter(([, image]) => {
    const last = image.split('@')[0]?.split('/').at(-1) ?? '';
    const tag = last.includes(':') ? last.slice(last.lastIndexOf(':') + 1) : undefined;
    return (tag === undefined || tag === 'latest') && !image.includes('@sha256:');
  });
  const [first] = loose;
  if (first === undefined) return good('image_tags', `${pins.length} images are pinned to an exact tag`, evidence);
  const names = loose.map(([name, image]) => `${name} (${image})`).join(', ');
  const place = placeOf(environment, `/image_pins/${first[0]}`);
  return bad('image_tags', failure('E_CONFIG_IMAGE_NOT_PINNED', `without an exact tag: ${names}`, { place }), evidence);
}

export function judgeMode({ mode }: Observation, environment: Environment): Check {
  const { bootstrap } = environment;
  const ceiling = bootstrap.execution_mode;
  const evidence = { mode, ceiling };
  const order: readonly string[] = executionModes.order;
  if (order.includes(mode) && order.indexOf(mode) <= order.indexOf(ceiling)) {
    return good('mode', `${mode}, and the environment allows ${ceiling}`, evidence);
  }
  const why = order.includes(mode) ? `the environment allows ${ceiling} at most` : 'there is no such mode';
  const place = placeOf(environment, '/execution_mode');
  return bad('mode', failure('E_ENV_MODE_VIOLATION', `${mode}: ${why}`, { place }), evidence);
}
