import { dirname, resolve } from 'node:path';
import { err, failure, ok, type Result } from '@plumbline/contracts';
import { parseJson } from '@plumbline/formats/json';
import { textOf } from '@plumbline/formats/shown';
import type { StackFiles, Subject, World } from './finding.ts';

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

/** The folder of the configuration's stacks, resolved as the loader does (features.md, decision 7). */
export function stacksFolder(config: Subject['config'], file: string): string {
  const map = isObject(config.path_map) ? config.path_map : {};
  const text = (value: unknown, other: string) => (typeof value === 'string' ? value : other);
  return resolve(dirname(file), text(map.repo_root, '.'), text(map.stacks_dir, 'config/stacks'));
}

/** The deploy root of a configuration, resolved as the loader does; undefined where it names none. */
export function deployRootOf(config: Subject['config'], file: string): string | undefined {
  const map = isObject(config.path_map) ? config.path_map : {};
  if (typeof map.deploy_root !== 'string') return undefined;
  return resolve(dirname(file), typeof map.repo_root === 'string' ? map.repo_root : '.', map.deploy_root);
}

/** The folder of the configuration's stack, and its files where the world has them. */
export function stackOf({ config, file, world }: Pick<Subject, 'config' | 'file'> & { readonly world?: World }): {
  readonly folder: string;
  readonly files: StackFiles | undefined;
} {
  const folder = `${stacksFolder(config, file)}/${textOf(config.stack)}`;
  return { folder, files: world?.stacks.get(folder) };
}
