import type { YamlDocument } from '@plumbline/formats/yaml';
import { defaults, hidden, isMap, periodDefaults, type Tree } from './defaults.ts';
import { kindOf } from './kind.ts';
import { readScalar } from './values.ts';

/** The file merged over the defaults, or what Loki's reader says of it (without the file's name). */
export type Checked = { readonly ok: true; readonly tree: Tree } | { readonly ok: false; readonly message: string };

/** Loki names Go types in its errors; those of the sections that people edit. */
const typeNames: Readonly<Record<string, string>> = {
  '': 'loki.ConfigWrapper',
  server: 'server.Config',
  common: 'common.Config',
  'common.storage': 'common.Storage',
  'common.ring': 'util.RingConfig',
  ingester: 'ingester.Config',
  'ingester.wal': 'ingester.WALConfig',
  'ingester.lifecycler': 'ring.LifecyclerConfig',
  distributor: 'distributor.Config',
  querier: 'querier.Config',
  frontend: 'lokifrontend.Config',
  query_range: 'queryrange.Config',
  ruler: 'ruler.Config',
  storage_config: 'storage.Config',
  schema_config: 'config.SchemaConfig',
  'schema_config.configs': 'config.PeriodConfig',
  compactor: 'compactor.Config',
  limits_config: 'validation.plain',
  analytics: 'analytics.Config',
};

interface Walk {
  readonly doc: YamlDocument;
  readonly typeErrors: string[];
  fatal: string | undefined;
}

/** Checks every key and value of a document as Loki's strict reader does, and merges it over the defaults. */
export function checkTree(doc: YamlDocument): Checked {
  const walk: Walk = { doc, typeErrors: [], fatal: undefined };
  const tree = merge(walk, doc.value, defaults, []);
  if (walk.fatal !== undefined) return { ok: false, message: walk.fatal };
  if (walk.typeErrors.length > 0) {
    return { ok: false, message: `yaml: unmarshal errors:\n${walk.typeErrors.map((e) => `  ${e}`).join('\n')}` };
  }
  return { ok: true, tree };
}

function merge(walk: Walk, value: unknown, base: Tree, path: readonly (string | number)[]): Tree {
  if (value === null || value === undefined) return base;
  const keys = path.filter((p): p is string => typeof p === 'string');
  const kind = kindOf(base, keys);
  if (kind === 'any' || kind === 'free') return value as Tree;
  if (kind === 'map')
    return isMap(value)
      ? mergeMap(walk, value, base as { readonly [key: string]: Tree }, path)
      : clash(walk, value, base, path);
  if (kind === 'list') {
    if (!Array.isArray(value))
      return kind === 'list' && typeof value === 'string' ? value.split(',') : clash(walk, value, base, path);
    const items: readonly unknown[] = value;
    if (keys.join('.') !== 'schema_config.configs') return items as readonly Tree[];
    return items.map((item, n) => merge(walk, item, periodDefaults, [...path, n]));
  }
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')
    return clash(walk, value, base, path);
  if (keys.join('.') === 'schema_config.configs.from') return dayOf(walk, String(value));
  const read = readScalar(kind, value);
  if ('value' in read) return read.value;
  if ('fatal' in read) walk.fatal ??= read.fatal;
  else walk.typeErrors.push(`line ${lineOf(walk, path)}: ${read.typeError}`);
  return base;
}

function mergeMap(
  walk: Walk,
  value: { readonly [key: string]: Tree },
  base: { readonly [key: string]: Tree },
  path: readonly (string | number)[],
): Tree {
  const section = path.filter((p) => typeof p === 'string').join('.');
  const merged: Record<string, Tree> = { ...base };
  for (const [key, item] of Object.entries(value)) {
    const place = section === '' ? key : `${section}.${key}`;
    const known = Object.hasOwn(base, key) ? base[key] : Object.hasOwn(hidden, place) ? hidden[place] : undefined;
    if (known === undefined) {
      walk.typeErrors.push(
        `line ${lineOf(walk, [...path, key])}: field ${key} not found in type ${typeNames[section] ?? section}`,
      );
    } else merged[key] = merge(walk, item, known, [...path, key]);
  }
  return merged;
}

function clash(walk: Walk, value: unknown, base: Tree, path: readonly (string | number)[]): Tree {
  const section = path.filter((p) => typeof p === 'string').join('.');
  const tag = Array.isArray(value) ? '!!seq' : isMap(value) ? '!!map' : `!!str \`${String(value)}\``;
  walk.typeErrors.push(`line ${lineOf(walk, path)}: cannot unmarshal ${tag} into ${typeNames[section] ?? section}`);
  return base;
}

function dayOf(walk: Walk, text: string): Tree {
  const valid = /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
  if (!valid) {
    const rest = /^\d{4}-/.test(text) ? text.slice(5) : text;
    const wanted = rest === text ? '2006' : '01';
    walk.fatal ??= `parsing time "${text}" as "2006-01-02": cannot parse "${rest}" as "${wanted}"`;
  }
  return text;
}

function lineOf(walk: Walk, path: readonly (string | number)[]): number {
  return walk.doc.place([...path]).line ?? 1;
}
