import { dirname, resolve } from 'node:path';
import { type Bootstrap, err, failure, ok, type Paths, type Result } from '@plumbline/contracts';
import { type JsonDocument, parseJson } from '@plumbline/formats/json';
import { textOf } from '@plumbline/formats/shown';
import type { StackFiles, Subject, World } from './finding.ts';

/** A configuration, whether or not it fits its schema, and where it is written. */
type Written = Pick<Subject, 'config' | 'document'>;

/** Parses a configuration. E_CONFIG_PARSE where it is not JSON, E_CONFIG_INVALID_VALUE where it is no object. */
export function readSubject(text: string, file: string, world: World): Result<Subject> {
  const document = parseJson(text, file, { trailingCommas: true });
  if (!document.ok) return document;
  const config = document.value.value;
  if (!isObject(config)) {
    const place = document.value.place([]);
    return err(failure('E_CONFIG_INVALID_VALUE', 'an environment is an object: { … }', { place }));
  }
  return ok({ file, text, document: document.value, config, world });
}

/** The keys and values of an object; none where it is no object. */
export function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  return isObject(value) ? Object.entries(value) : [];
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The sources, those only that are objects, with their index. */
export function sourcesOf({ config }: Subject): readonly (readonly [number, Readonly<Record<string, unknown>>])[] {
  const all = Array.isArray(config.sources) ? (config.sources as readonly unknown[]) : [];
  return [...all.entries()].flatMap(([n, source]) => (isObject(source) ? [[n, source] as const] : []));
}

/**
 * The paths of an environment, all absolute (features.md, decision 7): repo_root is absolute, or relative to the folder of
 * the file that says it, or, said by a flag or a variable, to the current one; the rest is relative to repo_root.
 */
export function resolvePaths(
  { path_map: map }: Pick<Bootstrap, 'path_map'>,
  document: Pick<JsonDocument, 'place'>,
): Paths {
  const { file } = document.place(['path_map', 'repo_root']);
  const root = resolve(file?.startsWith('/') ? dirname(file) : '.', map.repo_root);
  return {
    repo_root: root,
    output_dir: resolve(root, map.output_dir ?? 'out'),
    deploy_root: resolve(root, map.deploy_root),
    stacks_dir: resolve(root, map.stacks_dir ?? 'config/stacks'),
    pipelines_dir: resolve(root, map.pipelines_dir ?? 'config/pipelines'),
  };
}

/** The folder of the configuration's stacks, as the loader resolves it. */
export function stacksFolder({ config, document }: Written): string {
  return resolvePaths({ path_map: mapOf(config) }, document).stacks_dir;
}

/** The deploy root of a configuration, as the loader resolves it; undefined where it names none. */
export function deployRootOf({ config, document }: Written): string | undefined {
  const map = mapOf(config);
  return map.deploy_root === '' ? undefined : resolvePaths({ path_map: map }, document).deploy_root;
}

/** What is no text says nothing. */
function mapOf({ path_map: map }: Subject['config']): Bootstrap['path_map'] {
  const texts = entriesOf(map).filter(([, value]) => typeof value === 'string');
  return { repo_root: '.', deploy_root: '', ...Object.fromEntries(texts) };
}

/** The folder of the configuration's stack, and its files where the world has them. */
export function stackOf({ config, document, world }: Written & { readonly world?: World }): {
  readonly folder: string;
  readonly files: StackFiles | undefined;
} {
  const folder = `${stacksFolder({ config, document })}/${textOf(config.stack)}`;
  return { folder, files: world?.stacks.get(folder) };
}
