import { dirname, join, resolve } from 'node:path';
import { err, failure, ok, type Result } from '@plumbline/contracts';
import { parseJson } from '@plumbline/formats/json';
import { files } from '../adapters/files.ts';
import { installRoot } from '../adapters/install-root.ts';
import { isMembers } from '../environment/merge.ts';
import { deployRootOf } from '../lint/subject.ts';
import { learnDeployed, learnDocument } from './known-secrets.ts';
import type { CommonOptions } from './options.ts';

/** A configuration as it stands on the disk, to be written back to the same place with the same permissions. */
export interface ConfigFile {
  /** As it was asked for, absolute. */
  readonly file: string;
  /** Where its content is: a link is followed, so that a write does not put a file in its place. */
  readonly target: string;
  readonly text: string;
  readonly mode: number;
}

const MOST_LINKS = 40;

/** The file that a path, --config or --env names. */
export function configPath(path: string | undefined, { env, config }: Pick<CommonOptions, 'env' | 'config'>): string {
  return resolve(path ?? config ?? join(installRoot(), `config/bootstrap.${env}.json`));
}

/** Reads a configuration, whose secrets are not shown from then on: E_CONFIG_NOT_FOUND, E_CONFIG_NOT_TEXT or E_ENV_UNREADABLE, each with the file. */
export async function readConfigFile(file: string): Promise<Result<ConfigFile>> {
  if (/\.ya?ml$/.test(file)) {
    const hint = '`./plumb config show` checks it as it is; write it as JSON to lint, mend or migrate it';
    return err(failure('E_CONFIG_INVALID_VALUE', 'YAML is neither linted nor migrated', { place: { file }, hint }));
  }
  let target = file;
  for (let n = 0; ; n += 1) {
    const there = await files.stat(target);
    if (!there.ok) return there;
    if (there.value?.kind === 'file') {
      const text = await files.readText(target);
      if (!text.ok) return text;
      await learnFile(text.value, file);
      return ok({ file, target, text: text.value, mode: there.value.mode ?? 0o644 });
    }
    const link = there.value?.kind === 'other' ? await files.readLink(target) : ok(undefined);
    if (!link.ok) return link;
    const [code, what] =
      there.value === undefined
        ? (['E_CONFIG_NOT_FOUND', 'no such file or directory'] as const)
        : (['E_ENV_UNREADABLE', 'it is no file'] as const);
    if (link.value === undefined || n === MOST_LINKS)
      return err(failure(code, `cannot read ${file}: ${what}`, { place: { file } }));
    target = resolve(dirname(target), link.value);
  }
}

/** What is read here is quoted: the secrets in it are not, nor the deployed ones that somebody wrote into it. */
async function learnFile(text: string, file: string): Promise<void> {
  const document = parseJson(text, file, { trailingCommas: true });
  if (!document.ok) return;
  const { value } = document.value;
  learnDocument(value);
  const deployRoot = isMembers(value) ? deployRootOf(value, file) : undefined;
  if (deployRoot !== undefined) await learnDeployed(deployRoot);
}

/** Puts a text in place of a configuration's content, whole or not at all. */
export function writeConfigFile({ target, mode }: ConfigFile, text: string): Promise<Result<void>> {
  return files.write(target, text, mode);
}
