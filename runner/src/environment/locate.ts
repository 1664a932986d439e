import { basename, dirname, resolve } from 'node:path';
import { err, type FilesPort, failure, ok, type Result } from '@plumbline/contracts';
import { didYouMean } from '@plumbline/formats/did-you-mean';

/** Where an environment is asked for: by name in a configuration folder, or by its file. */
export type EnvironmentRef = { readonly name: string; readonly folder: string } | { readonly file: string };

/** An environment's name and file. */
export interface Located {
  readonly name: string;
  readonly file: string;
}

const ENDINGS = ['json', 'yaml', 'yml'] as const;
const NAME = /^[a-z0-9][a-z0-9_-]*$/;
const FILE = /^bootstrap\.([^/]+)\.(json|yaml|yml)$/;

/**
 * The file of an environment. A name that no file has is E_CONFIG_UNKNOWN_ENVIRONMENT, and one that two files have is
 * E_CONFIG_INVALID_VALUE.
 */
export async function locate(ref: EnvironmentRef, files: FilesPort): Promise<Result<Located>> {
  if ('file' in ref) {
    const file = resolve(ref.file);
    return ok({ name: nameOf(file), file });
  }
  const { name, folder } = ref;
  const there: string[] = [];
  for (const ending of NAME.test(name) ? ENDINGS : []) {
    const file = `${folder}/bootstrap.${name}.${ending}`;
    const found = await files.stat(file);
    if (!found.ok) return found;
    if (found.value !== undefined) there.push(file);
  }
  const [file, other] = there;
  if (file !== undefined && other !== undefined) {
    const message = `the environment "${name}" is written twice: ${basename(file)} and ${basename(other)}`;
    return err(
      failure('E_CONFIG_INVALID_VALUE', message, { place: { file }, hint: 'remove or rename one of the two' }),
    );
  }
  if (file !== undefined) return ok({ name, file });
  const known = await files.list(folder);
  const names = [...new Set((known.ok ? known.value : []).flatMap((path) => FILE.exec(path)?.[1] ?? []))];
  const message = `no environment "${name}"${didYouMean(name, names)} (there is ${names.join(', ') || 'none'})`;
  return err(failure('E_CONFIG_UNKNOWN_ENVIRONMENT', message, { place: { file: folder } }));
}

/** What `extends` in a file names: an environment of the same folder, or the path of a file from there. Pure. */
export function extendedRef(extended: string, file: string): EnvironmentRef {
  const folder = dirname(file);
  return NAME.test(extended) ? { name: extended, folder } : { file: resolve(folder, extended) };
}

function nameOf(file: string): string {
  return (
    FILE.exec(basename(file))?.[1] ??
    basename(file)
      .replace(/\.(json|ya?ml)$/, '')
      .replace(/^bootstrap\./, '')
  );
}
