import { isMap, type Tree } from './defaults.ts';

/** Puts in what Loki derives from the `common` section, wherever the file says nothing of its own. */
export function deriveCommon(tree: Tree, hostname: string): Tree {
  const interfaces = ['eth0', 'lo'];
  const prefix = text(tree, 'common', 'path_prefix').replace(/\/$/, '');
  const rules = text(tree, 'common', 'storage', 'filesystem', 'rules_directory');
  const values: Readonly<Record<string, Tree>> = {
    hostname,
    interfaces,
    path_prefix: prefix,
    instance_addr: text(tree, 'common', 'instance_addr'),
    replication_factor: at(tree, 'common', 'replication_factor') ?? 3,
    kvstore: text(tree, 'common', 'ring', 'kvstore', 'store'),
    chunks_directory: text(tree, 'common', 'storage', 'filesystem', 'chunks_directory'),
    rules_directory: rules,
    ruler_storage: rules === '' ? '' : 'local',
  };
  return fill(tree, values);
}

/** The value at a path; undefined where there is none. */
export function at(tree: Tree, ...path: readonly string[]): Tree | undefined {
  let here: Tree | undefined = tree;
  for (const key of path) here = isMap(here) ? here[key] : undefined;
  return here;
}

/** The text at a path; empty where there is none. */
export function text(tree: Tree, ...path: readonly string[]): string {
  const value = at(tree, ...path);
  return typeof value === 'string' ? value : '';
}

function fill(tree: Tree, values: Readonly<Record<string, Tree>>): Tree {
  if (typeof tree === 'string') {
    const [, name = '', rest = ''] = /^<(\w+)>(.*)$/s.exec(tree) ?? [];
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) return tree;
    return rest === '' ? value : `${String(value)}${rest}`;
  }
  if (Array.isArray(tree)) return tree.map((item: Tree) => fill(item, values));
  return isMap(tree)
    ? Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, fill(value, values)]))
    : tree;
}
