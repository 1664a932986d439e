import { isAbsolute, relative, resolve } from 'node:path';
import { type Environment, type Failure, failure, type Paths } from '@plumbline/contracts';
import type { JsonDocument } from '@plumbline/formats/json';
import { shown } from '@plumbline/formats/shown';
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
 * repository nor what the environment is read from, for `down --volumes` removes there. Each path that does not is an
 * E_CONFIG_INVALID_VALUE at its line. Pure.
 */
export function lintPaths(
  environment: Pick<Environment, 'paths' | 'bootstrap'>,
  document: Pick<JsonDocument, 'place'>,
): readonly Failure[] {
  const { paths, bootstrap } = environment;
  const refuse = (path: Path, what: string, hint: string) =>
    failure('E_CONFIG_INVALID_VALUE', `${path.join('.')}: ${what}`, { place: document.place(path), hint });
  const leadsOut = (given: string | undefined): given is string =>
    given !== undefined && !isAbsolute(given) && !holds(paths.repo_root, resolve(paths.repo_root, given));
  const escaped = (path: Path, given: string | undefined) =>
    leadsOut(given)
      ? [
          refuse(
            path,
            `${shown(given)} leads out of repo_root, ${paths.repo_root}`,
            'name a place outside by its absolute path',
          ),
        ]
      : [];
  const read = ['repo_root', 'stacks_dir', 'pipelines_dir'] as const;
  // Of one that leads out it is told already.
  const holding = WRITTEN.filter((name) => !leadsOut(bootstrap.path_map[name])).flatMap((name) => {
    const held = [...read, ...(name === 'deploy_root' ? (['output_dir'] as const) : [])].find((other) =>
      holds(paths[name], paths[other]),
    );
    if (held === undefined) return [];
    const is = paths[name] === paths[held] ? `is ${held} itself` : `holds ${held}, ${paths[held]}`;
    return [refuse(['path_map', name], `${paths[name]} ${is}`, 'name a folder of its own')];
  });
  return [
    ...BELOW_THE_REPOSITORY.flatMap((name) => escaped(['path_map', name], bootstrap.path_map[name])),
    ...bootstrap.sources.flatMap(({ root }, n) => escaped(['sources', n, 'root'], root)),
    ...holding,
  ];
}

/** Whether a path is a folder or lies below it; both are absolute. Pure. */
export function holds(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '' || !(way === '..' || way.startsWith('../'));
}
