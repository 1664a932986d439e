import { parseGoDuration, parseModelDuration } from '@plumbline/formats/logql';
import type { Tree } from './defaults.ts';
import { at, text } from './derive.ts';
import { parseSize } from './values.ts';

/** The limits that the stand-in keeps to, as numbers; zero means no limit where Loki reads it so. */
export interface Limits {
  readonly maxLabelNames: number;
  readonly maxLabelNameLength: number;
  readonly maxLabelValueLength: number;
  readonly maxLineSize: number;
  readonly truncateLines: boolean;
  readonly rejectOld: boolean;
  readonly rejectOldNs: bigint;
  readonly graceNs: bigint;
  readonly maxStreams: number;
  readonly maxEntries: number;
  readonly maxQueryLengthNs: bigint;
  readonly maxQuerySeries: number;
  readonly discoverServiceName: readonly string[];
  readonly discoverLevels: boolean;
  readonly structuredMetadata: boolean;
  readonly volumeEnabled: boolean;
}

/** What the running stand-in takes from the configuration. */
export interface Settings {
  readonly port: number;
  readonly dataDirectory: string;
  readonly rulesDirectory: string;
  readonly authEnabled: boolean;
  readonly minReadyNs: bigint;
  readonly idleNs: bigint;
  readonly queryIngestersWithinNs: bigint;
  readonly lookBackNs: bigint;
  /** Lines older than this are deleted; undefined keeps all. */
  readonly retentionNs: bigint | undefined;
  readonly limits: Limits;
  /** The whole configuration, for /config. */
  readonly tree: Tree;
}

/** Takes out of a checked configuration what the stand-in acts on. */
export function settingsOf(tree: Tree): Settings {
  const retention = model(tree, 'limits_config', 'retention_period');
  return {
    port: number(tree, 'server', 'http_listen_port'),
    dataDirectory: text(tree, 'common', 'path_prefix'),
    rulesDirectory: text(tree, 'ruler', 'storage', 'local', 'directory'),
    authEnabled: at(tree, 'auth_enabled') !== false,
    minReadyNs: go(tree, 'ingester', 'lifecycler', 'min_ready_duration'),
    idleNs: go(tree, 'ingester', 'chunk_idle_period'),
    queryIngestersWithinNs: go(tree, 'querier', 'query_ingesters_within'),
    lookBackNs: go(tree, 'querier', 'engine', 'max_look_back_period'),
    retentionNs: at(tree, 'compactor', 'retention_enabled') === true && retention > 0n ? retention : undefined,
    limits: limitsOf(tree),
    tree,
  };
}

function limitsOf(tree: Tree): Limits {
  const limit = (key: string) => number(tree, 'limits_config', key);
  const names = at(tree, 'limits_config', 'discover_service_name');
  return {
    maxLabelNames: limit('max_label_names_per_series'),
    maxLabelNameLength: limit('max_label_name_length'),
    maxLabelValueLength: limit('max_label_value_length'),
    maxLineSize: parseSize(text(tree, 'limits_config', 'max_line_size')) ?? 0,
    truncateLines: flag(tree, 'max_line_size_truncate'),
    rejectOld: flag(tree, 'reject_old_samples'),
    rejectOldNs: model(tree, 'limits_config', 'reject_old_samples_max_age'),
    graceNs: model(tree, 'limits_config', 'creation_grace_period'),
    maxStreams: limit('max_global_streams_per_user'),
    maxEntries: limit('max_entries_limit_per_query'),
    maxQueryLengthNs: model(tree, 'limits_config', 'max_query_length'),
    maxQuerySeries: limit('max_query_series'),
    discoverServiceName: Array.isArray(names) ? names.map(String) : [],
    discoverLevels: flag(tree, 'discover_log_levels'),
    structuredMetadata: flag(tree, 'allow_structured_metadata'),
    volumeEnabled: flag(tree, 'volume_enabled'),
  };
}

function flag(tree: Tree, key: string): boolean {
  return at(tree, 'limits_config', key) === true;
}

function number(tree: Tree, ...path: readonly string[]): number {
  const value = at(tree, ...path);
  return typeof value === 'number' ? value : 0;
}

function go(tree: Tree, ...path: readonly string[]): bigint {
  return parseGoDuration(text(tree, ...path)) ?? 0n;
}

function model(tree: Tree, ...path: readonly string[]): bigint {
  return parseModelDuration(text(tree, ...path)) ?? 0n;
}
