import { desiredState, imagesLockFile, noFileAt, ok, type Result, type StepContext } from '@plumbline/contracts';
import type { Desired, NoFile } from './observation.ts';

/** The canonical files of an environment: its own and those that it extends, everything of its stack, the pipelines, and the contracts where they are in the repository. */
export async function canonicalPaths({ config, ports }: StepContext): Promise<Result<readonly string[]>> {
  const { repo_root, stacks_dir, pipelines_dir } = config.paths;
  const found: string[] = [...config.files];
  const folders = [`${stacks_dir}/${config.bootstrap.stack}`, pipelines_dir];
  for (const folder of folders) {
    const names = await ports.files.list(folder);
    if (!names.ok) return names;
    found.push(`${folder}/`, ...names.value.map((name) => `${folder}/${name}`));
  }
  const contracts = await ports.files.list(`${repo_root}/contracts`);
  if (!contracts.ok) return contracts;
  const data = contracts.value.filter((name) => /^([^/]+|schemas\/[^/]+)\.json$/.test(name) && name !== 'package.json');
  found.push(...data.map((name) => `${repo_root}/contracts/${name}`));
  const lock = imagesLockFile(config);
  const locked = await ports.files.stat(lock);
  if (!locked.ok) return locked;
  if (locked.value !== undefined) found.push(lock);
  const prefix = `${repo_root}/`;
  return { ok: true, value: found.map((path) => (path.startsWith(prefix) ? path.slice(prefix.length) : path)) };
}

/** The hashes of the canonical files, and those among them that have no file behind their name. */
export async function observeDesired(
  { config, ports }: StepContext,
  paths: Result<readonly string[]>,
): Promise<Result<Desired>> {
  if (!paths.ok) return paths;
  const { repo_root } = config.paths;
  const state = await desiredState(config.name, paths.value, repo_root, ports.files);
  if (!state.ok) return state;
  const hashed = new Set(state.value.files.map(({ path }) => path));
  const missing: NoFile[] = [];
  for (const path of paths.value.filter((one) => !hashed.has(one))) {
    const file = path.startsWith('/') ? path : `${repo_root}/${path}`;
    const found = await noFileAt(file, ports.files);
    if (!found.ok) return found;
    // A file by now: it was none when it was to be hashed.
    missing.push({ path, file, found: found.value ?? 'nothing' });
  }
  return ok({ state: state.value, missing });
}
