import data from './defaults.json' with { type: 'json' };

/** A value of the configuration: what YAML can say, and nothing else. */
export type Tree = null | boolean | number | string | readonly Tree[] | { readonly [key: string]: Tree };

/**
 * Every key of Loki 3.0.0 with its default, as its /config shows them. `<name>` stands where Loki derives the default
 * from its `common` section; blocks that occur many times are kept once and named by `$use`.
 */
export const defaults: Tree = expand(data.tree as Tree);

/** Keys that Loki reads and does not show while they are unset. */
export const hidden: Readonly<Record<string, Tree>> = {
  auth_enabled: true,
  use_boltdb_shipper_as_backup: false,
  'limits_config.retention_stream': [],
  'limits_config.blocked_queries': [],
  'limits_config.required_labels': [],
  'limits_config.minimum_labels_number': 0,
  'limits_config.ruler_remote_write_config': {},
};

/** One entry of `schema_config.configs`. */
export const periodDefaults: Tree = {
  from: '0',
  store: '',
  object_store: '',
  schema: '',
  index: { path_prefix: 'index/', prefix: '', period: '0s', tags: {} },
  chunks: { prefix: '', period: '0s', tags: {} },
  row_shards: 16,
};

function expand(tree: Tree): Tree {
  if (!isMap(tree)) return tree;
  const block = tree.$use;
  if (typeof block === 'string') return expand((data.blocks as Readonly<Record<string, Tree>>)[block] ?? null);
  return Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, expand(value)]));
}

/** Whether a value is a mapping. */
export function isMap(value: unknown): value is { readonly [key: string]: Tree } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
