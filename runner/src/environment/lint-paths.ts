import { isAbsolute, relative, resolve } from 'node:path';
import { type Environment, type Failure, failure, type Paths } from '@plumbline/contracts';
import type { JsonDocument } from '@plumbline/formats/json';
import type { Path } from './merge.ts';

type Named = keyof Omit<Paths, 'repo_root'>;

const BELOW_THE_REPOSITORY: readonly Named[] = ['output_dir', 'deploy_root', 'stacks_dir', 'pipelines_dir'];
const WRITTEN: readonly Named[] = ['output_dir', 'deploy_root'];

/** What it is called by `config lint`. */
export const pathMapRule = {
  id: 'path-map',
  code: 'E_CONFIG_INVALID_VALUE',
  severity: 'error',
  summary: 'a relative path stays below repo_root, and what is written to holds nothing that is read',
} as const;

/**
 * That a path map leads where it may: a relative path stays below repo_root, and what is written to holds neither the
 * repository nor what the environment is read from, for `down --volumes` removes there. The first that does not, as
 * E_CONFIG_INVALID_VALUE at its line. Pure.
 */
export function lintPaths(
  environment: Pick<Environment, 'paths' | 'bootstrap'>,
  document: Pick<JsonDocument, 'place'>,
): Failure | undefined {
  const { paths, bootstrap } = environment;
  const refuse = (path: Path, what: string, hint: string) =>
    failure('E_CONFIG_INVALID_VALUE', `${path.join('.')}: ${what}`, { place: document.place(path), hint });
  const escapes = (path: Path, given: string | undefined) => {
    if (given === undefined || isAbsolute(given) || holds(paths.repo_root, resolve(paths.repo_root, given)))
      return undefined;
    return refuse(
      path,
      `"${given}" leads out of repo_root, ${paths.repo_root}`,
      'name a place outside by its absolute path',
    );
  };
  for (const name of BELOW_THE_REPOSITORY) {
    const escaped = escapes(['path_map', name], bootstrap.path_map[name]);
    if (escaped !== undefined) return escaped;
  }
  for (const [n, { root }] of bootstrap.sources.entries()) {
    const escaped = escapes(['sources', n, 'root'], root);
    if (escaped !== undefined) return escaped;
  }
  const read = ['repo_root', 'stacks_dir', 'pipelines_dir'] as const;
  for (const name of WRITTEN) {
    const held = [...read, ...(name === 'deploy_root' ? (['output_dir'] as const) : [])].find((other) =>
      holds(paths[name], paths[other]),
    );
    if (held === undefined) continue;
    const is = paths[name] === paths[held] ? `is ${held} itself` : `holds ${held}, ${paths[held]}`;
    return refuse(['path_map', name], `${paths[name]} ${is}`, 'name a folder of its own');
  }
  return undefined;
}

/** Whether a path is a folder or lies below it; both are absolute. */
function holds(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '' || !(way === '..' || way.startsWith('../'));
}
