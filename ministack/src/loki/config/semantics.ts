import { isMap, type Tree } from './defaults.ts';
import { at, text } from './derive.ts';

const stores = ['filesystem', 'aws', 'alibabacloud', 'azure', 'bos', 'cos', 'gcs', 's3', 'swift'];

/** What Loki finds wrong with a configuration whose every key and type is right; undefined where nothing is. */
export function semanticError(tree: Tree): string | undefined {
  const configs = at(tree, 'schema_config', 'configs');
  const periods = Array.isArray(configs) ? (configs as readonly Tree[]) : [];
  const newest = periods.at(-1);
  if (newest === undefined)
    return 'CONFIG ERROR: invalid schema config: schema_config.configs is empty: at least one period is required';
  return (
    periods.map(periodError).find((e) => e !== undefined) ??
    metadataError(tree, newest) ??
    periods.map((p) => storeError(tree, p)).find((e) => e !== undefined) ??
    compactorError(tree)
  );
}

function periodError(period: Tree): string | undefined {
  const store = text(period, 'store');
  const schema = text(period, 'schema');
  const invalid = (why: string) => `CONFIG ERROR: invalid schema config: validating period_config: ${why}`;
  if (!/^v(?:9|1[0-3])$/.test(schema)) return invalid('invalid schema version');
  if ((store === 'tsdb' || store === 'boltdb-shipper') && text(period, 'index', 'period') !== '1d') {
    return invalid(`${store} must always have periodic config for index set to 24h`);
  }
  return undefined;
}

function metadataError(tree: Tree, newest: Tree): string | undefined {
  if (at(tree, 'limits_config', 'allow_structured_metadata') !== true) return undefined;
  const ending =
    'Set `allow_structured_metadata: false` in the `limits_config` section or set the command line argument ' +
    '`-validation.allow-structured-metadata=false` and restart Loki.';
  const [store, schema] = [text(newest, 'store'), text(newest, 'schema')];
  if (store !== 'tsdb') {
    return `CONFIG ERROR: \`tsdb\` index type is required to store Structured Metadata and use native OTLP ingestion, your index type is \`${store}\` (defined in the \`store\` parameter of the schema_config). ${ending}`;
  }
  if (schema === 'v13') return undefined;
  return `CONFIG ERROR: schema v13 is required to store Structured Metadata and use native OTLP ingestion, your schema version is ${schema}. ${ending}`;
}

function storeError(tree: Tree, period: Tree): string | undefined {
  const store = text(period, 'object_store');
  const named = at(tree, 'storage_config', 'named_stores');
  const names = isMap(named) ? Object.values(named).flatMap((kind) => (isMap(kind) ? Object.keys(kind) : [])) : [];
  if (stores.includes(store) || names.includes(store)) return undefined;
  return `unrecognized \`object_store\` type \`${store}\`, which also does not match any named_stores. Choose one of: ${stores.join(', ')}. Or choose a named_store`;
}

function compactorError(tree: Tree): string | undefined {
  if (at(tree, 'compactor', 'retention_enabled') !== true || text(tree, 'compactor', 'delete_request_store') !== '')
    return undefined;
  return 'CONFIG ERROR: invalid compactor config: compactor.delete-request-store should be configured when retention is enabled';
}
