import { join, resolve } from 'node:path';
import { err, failure, failureExit, ok, type Result, type SecretsPolicy } from '@plumbline/contracts';
import { files } from '../adapters/files.ts';
import { installRoot } from '../adapters/install-root.ts';
import { listeningPorts } from '../adapters/listening-ports.ts';
import { placeAll } from '../init/place.ts';
import { conflicts, environmentFor, ignoreFile, type NewFiles, secretsExample } from '../init/plan.ts';
import { print, printFailure } from './output.ts';

const ENVIRONMENT = 'config/bootstrap.demo.json';
const POLICY = 'config/stacks/observability/secrets_policy.json';
const SCHEMAS = [
  'bootstrap.schema',
  'bootstrap-overlay',
  'pipeline.schema',
  'stack.schema',
  'health-contract.schema',
  'secrets-policy.schema',
];

/** `init [DIR]`: an environment, its pipelines and its stack in a folder of their own. Resolves with the exit code. */
export async function init(
  folder: string,
  options: { readonly force?: boolean; readonly json?: boolean },
): Promise<number> {
  const into = resolve(folder);
  const done = await fill(into, options.force === true);
  if (!done.ok) {
    printFailure(done.failure, options.json === true);
    return failureExit(done.failure.code);
  }
  const config = join(into, ENVIRONMENT);
  const next = `./plumb up --config '${config.replaceAll("'", "'\\''")}'`;
  const written = [...done.value].sort();
  if (options.json === true) print(JSON.stringify({ folder: into, written, config, next }, null, 2));
  else print(`${written.length} files written in ${into}\nnext: ${next}`);
  return 0;
}

async function fill(into: string, force: boolean): Promise<Result<readonly string[]>> {
  if (into === resolve(installRoot()))
    return err(
      failure('E_CONFIG_USAGE', `init ${into}: this is Plumbline's own checkout, which has its configuration`),
    );
  const wanted = await collect(into);
  if (!wanted.ok) return wanted;
  const present = await read(into, [...wanted.value.keys()], 'if there');
  if (!present.ok) return present;
  const taken = conflicts(wanted.value, present.value);
  if (taken.length > 0 && !force) {
    const message = `there are other files of these names, and nothing was written: ${taken.join(', ')}`;
    const hint = '--force overwrites them; or name another folder';
    return err(failure('E_ENV_UNWRITABLE', message, { place: { file: into }, hint }));
  }
  const changed = new Map([...wanted.value].filter(([path, text]) => present.value.get(path) !== text));
  const placed = await placeAll(into, changed);
  return placed.ok ? ok([...changed.keys()]) : placed;
}

/** Everything that is to be in the folder, from this checkout and from what the folder leaves to git already. */
async function collect(into: string): Promise<Result<NewFiles>> {
  const root = installRoot();
  const paths = [ENVIRONMENT, ...SCHEMAS.map((name) => `contracts/schemas/${name}.json`)];
  for (const folder of ['config/pipelines', 'config/stacks/observability']) {
    const names = await files.list(join(root, folder));
    if (!names.ok) return names;
    paths.push(...names.value.map((name) => `${folder}/${name}`));
  }
  const own = await read(root, paths, 'always');
  if (!own.ok) return own;
  const ignored = await read(into, ['.gitignore'], 'if there');
  if (!ignored.ok) return ignored;
  const present = await read(into, [ENVIRONMENT], 'if there');
  if (!present.ok) return present;
  const taken = new Set((await listeningPorts()).map(({ port }) => port));
  const environment = environmentFor(own.value.get(ENVIRONMENT) ?? '', into, {
    taken,
    before: present.value.get(ENVIRONMENT),
  });
  const policy = JSON.parse(own.value.get(POLICY) ?? '') as SecretsPolicy;
  return ok(
    new Map([
      ...own.value,
      [ENVIRONMENT, environment],
      ['secrets.example.env', secretsExample(policy)],
      ['.gitignore', ignoreFile(ignored.value.get('.gitignore'))],
    ]),
  );
}

async function read(root: string, paths: readonly string[], when: 'always' | 'if there'): Promise<Result<NewFiles>> {
  const texts = new Map<string, string>();
  for (const path of paths) {
    const file = join(root, path);
    const there = when === 'always' ? ok(true) : await files.stat(file);
    if (!there.ok) return there;
    if (there.value === undefined) continue;
    const text = await files.readText(file);
    if (!text.ok) return text;
    texts.set(path, text.value);
  }
  return ok(texts);
}
