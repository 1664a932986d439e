import {
  contractName,
  contractPath,
  err,
  type FileStat,
  type FilesPort,
  failure,
  ok,
  type Result,
  TEMPORARY,
  within,
} from '@plumbline/contracts';

type Entry = { readonly path: string; readonly kind: FileStat['kind'] };

/** Directories of a deploy root, and how many levels of directories each of them has below it. */
const LEVELS = { stores: 1, generations: 1, volumes: 1, secrets: 2, probe: 0, logs: 0 } as const;
const DIRECTORIES = new Map(
  (Object.keys(LEVELS) as (keyof typeof LEVELS)[]).map((name) => [contractName('deploy', name), LEVELS[name]]),
);
const FILES = (['lock', 'owner', 'journal', 'supervisor', 'supervisor_lock', 'supervisor_log'] as const).map((name) =>
  contractName('deploy', name),
);

/**
 * Refuses a deploy root in which something else stands in the place of a directory or a file of its own: a link would
 * lead what is written there out of the root. E_ENV_ROOT_UNSAFE names it.
 */
export async function checkOwn(deployRoot: string, files: Pick<FilesPort, 'entries'>): Promise<Result<void>> {
  const inside = await below(deployRoot, undefined, files);
  if (!inside.ok) return inside;
  for (const { path, kind } of inside.value) {
    if (FILES.includes(path) && kind !== 'file') return notOwn(within(deployRoot, path), 'file');
    const levels = DIRECTORIES.get(path);
    if (levels === undefined) continue;
    const checked = await checkDirectory({ path, kind }, levels, deployRoot, files);
    if (!checked.ok) return checked;
  }
  return ok(undefined);
}

async function checkDirectory(
  { path, kind }: Entry,
  levels: number,
  deployRoot: string,
  files: Pick<FilesPort, 'entries'>,
): Promise<Result<void>> {
  if (kind !== 'directory') return notOwn(within(deployRoot, path), 'directory');
  if (levels === 0) return ok(undefined);
  const inside = await below(deployRoot, path, files);
  if (!inside.ok) return inside;
  for (const entry of inside.value) {
    // What a write that was cut off has left is swept, whatever it is.
    const free = TEMPORARY.test(entry.path) || (isVersionLink(entry.path) && entry.kind !== 'directory');
    const checked = free ? ok(undefined) : await checkDirectory(entry, levels - 1, deployRoot, files);
    if (!checked.ok) return checked;
  }
  return ok(undefined);
}

/** What a directory of the root holds, or the root itself. */
async function below(
  deployRoot: string,
  path: string | undefined,
  files: Pick<FilesPort, 'entries'>,
): Promise<Result<readonly Entry[]>> {
  const found = await files.entries(path === undefined ? deployRoot : within(deployRoot, path));
  if (!found.ok) return found;
  return ok(found.value.map(({ name, kind }) => ({ path: path === undefined ? name : within(path, name), kind })));
}

function notOwn(file: string, what: 'directory' | 'file'): Result<never> {
  return err(failure('E_ENV_ROOT_UNSAFE', `${file} is not a ${what} of its own`, { place: { file } }));
}

/** Whether a path is of a link that names a version of a service's secrets. Who follows one looks first where it leads. */
function isVersionLink(path: string): boolean {
  const service = path.split('/').at(-2) ?? '';
  if (service === '') return false;
  const links = (['secrets_wanted', 'secrets_current'] as const).map((name) =>
    contractPath('deploy', name, '.', { service }),
  );
  return links.includes(`./${path}`);
}
