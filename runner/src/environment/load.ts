import { basename, dirname, resolve } from 'node:path';
import {
  type Bootstrap,
  type Environment,
  err,
  type FilesPort,
  failure,
  type HealthContract,
  ok,
  type Paths,
  type Result,
  type SecretsPolicy,
  type Stack,
  sha256,
} from '@plumbline/contracts';
import { bootstrap, healthContract, secretsPolicy, stack } from '@plumbline/contracts/validators';
import { didYouMean } from '@plumbline/formats/did-you-mean';
import { readDocument } from '@plumbline/formats/document';
import { lint } from './lint.ts';

/** Where an environment is asked for: by name in a configuration folder, or by its file. */
export type EnvironmentRef = { readonly name: string; readonly folder: string } | { readonly file: string };

/** An environment, with the hash of its file. */
export interface LoadedEnvironment {
  readonly environment: Environment;
  readonly configSha256: string;
}

/** Reads and checks everything that an environment's file names: schema, meaning, and that the parts fit each other. */
export async function loadEnvironment(ref: EnvironmentRef, files: FilesPort): Promise<Result<LoadedEnvironment>> {
  const found = await locate(ref, files);
  if (!found.ok) return found;
  const { name, file } = found.value;
  const text = await files.readText(file);
  if (!text.ok) return text;
  const document = readDocument<Bootstrap>(text.value, file, bootstrap);
  if (!document.ok) return document;
  const paths = resolvePaths(document.value, file);
  const folder = `${paths.stacks_dir}/${document.value.stack}`;
  const stackRead = await read<Stack>(`${folder}/stack.json`, stack, files);
  if (!stackRead.ok) return stackRead;
  const health = await read<HealthContract>(`${folder}/health_contract.json`, healthContract, files);
  if (!health.ok) return health;
  const policy = await read<SecretsPolicy>(`${folder}/secrets_policy.json`, secretsPolicy, files);
  if (!policy.ok) return policy;
  const environment: Environment = {
    name,
    file,
    bootstrap: document.value,
    paths,
    stack: stackRead.value,
    secretsPolicy: policy.value,
    healthContract: health.value,
  };
  const problem = lint(environment, health.value, text.value);
  if (problem !== undefined) return err(problem);
  return ok({ environment, configSha256: sha256(text.value) });
}

async function locate(
  ref: EnvironmentRef,
  files: FilesPort,
): Promise<Result<{ readonly name: string; readonly file: string }>> {
  if ('file' in ref) {
    const file = resolve(ref.file);
    return ok({ name: nameOf(file), file });
  }
  const file = `${ref.folder}/bootstrap.${ref.name}.json`;
  const there = /^[a-z0-9][a-z0-9_-]*$/.test(ref.name) ? await files.stat(file) : ok(undefined);
  if (!there.ok) return there;
  if (there.value !== undefined) return ok({ name: ref.name, file });
  const known = await files.list(ref.folder);
  const names = (known.ok ? known.value : [])
    .map((path) => /^bootstrap\.([^/]+)\.json$/.exec(path)?.[1])
    .filter((found) => found !== undefined);
  const message = `no environment "${ref.name}"${didYouMean(ref.name, names)} (there is ${names.join(', ') || 'none'})`;
  return err(failure('E_CONFIG_UNKNOWN_ENVIRONMENT', message, { place: { file: ref.folder } }));
}

function nameOf(file: string): string {
  return basename(file)
    .replace(/\.json$/, '')
    .replace(/^bootstrap\./, '');
}

async function read<T>(
  file: string,
  validator: Parameters<typeof readDocument<T>>[2],
  files: FilesPort,
): Promise<Result<T>> {
  const text = await files.readText(file);
  return text.ok ? readDocument<T>(text.value, file, validator) : text;
}

/** repo_root is absolute or relative to the file; the rest is relative to repo_root (features.md, decision 7). */
function resolvePaths(config: Bootstrap, file: string): Paths {
  const map = config.path_map;
  const root = resolve(dirname(file), map.repo_root);
  return {
    repo_root: root,
    output_dir: resolve(root, map.output_dir ?? 'out'),
    deploy_root: resolve(root, map.deploy_root),
    stacks_dir: resolve(root, map.stacks_dir ?? 'config/stacks'),
    pipelines_dir: resolve(root, map.pipelines_dir ?? 'config/pipelines'),
  };
}
