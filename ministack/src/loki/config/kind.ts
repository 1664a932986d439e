import { isMap, type Tree } from './defaults.ts';

/** What a key takes, told from its default value and its place. */
export type Kind =
  | 'map'
  | 'free'
  | 'list'
  | 'bool'
  | 'int'
  | 'float'
  | 'duration'
  | 'model_duration'
  | 'size'
  | 'string'
  | 'any';

const floats = new Set([
  'ingestion_rate_mb',
  'ingestion_burst_size_mb',
  'rate_limit',
  'watch_rate_limit',
  'api_limit',
  'throttle_limit',
  'scale_up_factor',
  'ignore_throttle_below',
  'backoff_factor',
  'target',
  'start',
  'upper_bound',
  'sync_min_utilization',
  'bloom_false_positive_rate',
  'per_stream_rate_limit',
]);

/** Durations that Go's own type reads, although their section otherwise uses Prometheus' one. */
const goDurations = new Set(['bloom_gateway_cache_key_interval', 'ruler_remote_evaluation_timeout']);

/** The kind of the key at `path` whose default is `value`. */
export function kindOf(value: Tree, path: readonly string[]): Kind {
  const key = path.at(-1) ?? '';
  if (value === null) return 'any';
  if (Array.isArray(value) || value === '<interfaces>') return 'list';
  if (isMap(value)) return Object.keys(value).length === 0 ? 'free' : 'map';
  if (typeof value === 'boolean') return 'bool';
  if (value === '<replication_factor>') return 'int';
  if (typeof value === 'number') return floats.has(key) || !Number.isInteger(value) ? 'float' : 'int';
  if (typeof value === 'string' && /^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|[smhdwy]))+$/.test(value))
    return durationKind(path, key);
  return typeof value === 'string' && /^\d+[KMGT]?B$/.test(value) ? 'size' : 'string';
}

function durationKind(path: readonly string[], key: string): Kind {
  const modelSection =
    path[0] === 'limits_config' || path[0] === 'schema_config' || path.join('.') === 'table_manager.retention_period';
  return modelSection && !goDurations.has(key) ? 'model_duration' : 'duration';
}
