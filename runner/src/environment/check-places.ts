import {
  err,
  type Failure,
  type FilesPort,
  failure,
  noDirectoryAt,
  ok,
  type Paths,
  type Place,
  type Result,
} from '@plumbline/contracts';
import type { JsonDocument } from '@plumbline/formats/json';
import { holds } from './lint-paths.ts';

const WRITTEN: readonly (keyof Paths)[] = ['output_dir', 'deploy_root'];

/** Of these the run itself tells: it is recorded as refused, which an environment that cannot be read is not. */
const OF_THE_RUN: readonly (keyof Paths)[] = ['deploy_root'];

/** As checkPlace, of every path that an environment is read by, or leaves its evidence in; the first that is wrong. */
export async function checkPlaces(
  paths: Paths,
  document: Pick<JsonDocument, 'place'>,
  files: FilesPort,
): Promise<Result<void>> {
  for (const name of Object.keys(paths) as (keyof Paths)[]) {
    if (OF_THE_RUN.includes(name)) continue;
    const checked = await checkPlace(name, paths[name], document.place(['path_map', name]), files);
    if (!checked.ok) return checked;
  }
  return ok(undefined);
}

/** All that checkPlaces or the run would refuse, each once: below a repo_root that is none, nothing else can be either. */
export async function wrongPlaces(
  paths: Paths,
  document: Pick<JsonDocument, 'place'>,
  files: FilesPort,
): Promise<readonly Failure[]> {
  const check = (name: keyof Paths) => checkPlace(name, paths[name], document.place(['path_map', name]), files);
  const { repo_root: root, ...others } = paths;
  const ofRoot = await check('repo_root');
  const names = (Object.keys(others) as (keyof typeof others)[]).filter(
    (name) => ofRoot.ok || !holds(root, paths[name]),
  );
  const checked = [ofRoot, ...(await Promise.all(names.map(check)))];
  return checked.flatMap((one) => (one.ok ? [] : [one.failure]));
}

/**
 * That a path of a map is a directory, or could be one: a device, a file or a circle of links there, or above it, is told
 * once, where the map says it, and not by whoever is the first to meet it. E_ENV_UNREADABLE, or E_ENV_UNWRITABLE of what
 * is written to; the code of why, where nobody could look.
 */
export async function checkPlace(
  name: keyof Paths,
  path: string,
  place: Place,
  files: FilesPort,
): Promise<Result<void>> {
  const blocked = await noDirectoryAt(path, files);
  if (!blocked.ok) return err({ ...blocked.failure, place });
  if (blocked.value === undefined) return ok(undefined);
  const code = WRITTEN.includes(name) ? 'E_ENV_UNWRITABLE' : 'E_ENV_UNREADABLE';
  const message = `path_map.${name}: ${blocked.value}, and a directory is meant`;
  return err(failure(code, message, { place, hint: 'name a directory, or one that can be made' }));
}
