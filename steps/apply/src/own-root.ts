import {
  contractPath,
  err,
  type FileStat,
  type FilesPort,
  failure,
  ok,
  type Result,
  TEMPORARY,
} from '@plumbline/contracts';

type Entry = { readonly path: string; readonly kind: FileStat['kind'] };

/** Directories of a deploy root, and how many levels of directories each of them has below it. */
const DIRECTORIES: Readonly<Record<string, number>> = {
  store: 1,
  generations: 1,
  volumes: 1,
  secrets: 2,
  probe: 0,
  logs: 0,
};
/** The links that name versions of a service's secrets. Who follows one looks first where it leads. */
const VERSION_LINK = /^secrets\/[^/]+\/(wanted|current)$/;
const FILES = (['lock', 'owner', 'journal', 'supervisor', 'supervisor_lock', 'supervisor_log'] as const).map((name) =>
  contractPath('deploy', name, '.').slice('./'.length),
);

/**
 * Refuses a deploy root in which something else stands in the place of a directory or a file of its own: a link would
 * lead what is written there out of the root. E_ENV_ROOT_UNSAFE names it.
 */
export async function checkOwn(root: string, files: Pick<FilesPort, 'entries'>): Promise<Result<void>> {
  const inside = await below(root, '', files);
  if (!inside.ok) return inside;
  for (const { path, kind } of inside.value) {
    if (FILES.includes(path) && kind !== 'file') return notOwn(`${root}/${path}`, 'file');
    const levels = DIRECTORIES[path];
    if (levels === undefined) continue;
    const checked = await checkDirectory({ path, kind }, levels, root, files);
    if (!checked.ok) return checked;
  }
  return ok(undefined);
}

async function checkDirectory(
  { path, kind }: Entry,
  levels: number,
  root: string,
  files: Pick<FilesPort, 'entries'>,
): Promise<Result<void>> {
  if (kind !== 'directory') return notOwn(`${root}/${path}`, 'directory');
  if (levels === 0) return ok(undefined);
  const inside = await below(root, `${path}/`, files);
  if (!inside.ok) return inside;
  for (const entry of inside.value) {
    // What a write that was cut off has left is swept, whatever it is.
    const free = TEMPORARY.test(entry.path) || (VERSION_LINK.test(entry.path) && entry.kind !== 'directory');
    const checked = free ? ok(undefined) : await checkDirectory(entry, levels - 1, root, files);
    if (!checked.ok) return checked;
  }
  return ok(undefined);
}

async function below(
  root: string,
  prefix: string,
  files: Pick<FilesPort, 'entries'>,
): Promise<Result<readonly Entry[]>> {
  const found = await files.entries(`${root}/${prefix}`.replace(/\/$/, ''));
  return found.ok ? ok(found.value.map(({ name, kind }) => ({ path: prefix + name, kind }))) : found;
}

function notOwn(file: string, what: 'directory' | 'file'): Result<never> {
  return err(failure('E_ENV_ROOT_UNSAFE', `${file} is not a ${what} of its own`, { place: { file } }));
}
