import type { Value } from '@plumbline/formats/alloy';
import type { AttributeSpec, BodySpec } from './arguments.ts';

const text = (fallback?: string): AttributeSpec =>
  fallback === undefined ? { kind: 'string' } : { kind: 'string', default: fallback };
const duration = (fallback: string): AttributeSpec => ({ kind: 'duration', default: fallback });
const strings: AttributeSpec = { kind: 'strings' };
const forwardTo: AttributeSpec = { kind: 'receivers', required: true };
const noLabels: Value = new Map();

/** Defaults are those of Alloy 1.2. */
const rule: BodySpec & { readonly many: true } = {
  many: true,
  attributes: {
    source_labels: strings,
    separator: text(';'),
    regex: { kind: 'regex', default: '(.*)' },
    modulus: { kind: 'number', default: 0n },
    target_label: text(''),
    replacement: text('$1'),
    action: text('replace'),
  },
};

const stage = (attributes: BodySpec['attributes'], later: readonly string[] = []) => ({
  many: true as const,
  attributes,
  later,
});
const values: AttributeSpec = { kind: 'map', required: true };

const stages: Readonly<Record<string, BodySpec & { readonly many: true }>> = {
  'stage.drop': stage({
    drop_counter_reason: text('drop_stage'),
    source: text(''),
    value: text(''),
    separator: text(';'),
    expression: text(''),
    older_than: duration('0'),
    longer_than: { kind: 'size', default: '0B' },
  }),
  'stage.json': stage({ expressions: values, source: text(''), drop_malformed: { kind: 'bool', default: false } }),
  'stage.label_drop': stage({ values: { kind: 'strings', required: true } }),
  'stage.label_keep': stage({ values: { kind: 'strings', required: true } }),
  'stage.labels': stage({ values }),
  'stage.output': stage({ source: { kind: 'string', required: true } }),
  'stage.regex': stage({ expression: { kind: 'regex', required: true }, source: text('') }),
  'stage.replace': stage({ expression: { kind: 'regex', required: true }, source: text(''), replace: text('') }),
  'stage.static_labels': stage({ values }),
};

const stagesLater = [
  'cri',
  'decolorize',
  'docker',
  'eventlogmessage',
  'geoip',
  'limit',
  'logfmt',
  'luhn',
  'match',
  'metrics',
  'multiline',
  'pack',
  'sampling',
  'structured_metadata',
  'template',
  'tenant',
  'timestamp',
].map((name) => `stage.${name}`);

/** The components that the stand-in runs. */
export const components: Readonly<Record<string, BodySpec>> = {
  'local.file_match': {
    attributes: { path_targets: { kind: 'targets', required: true }, sync_period: duration('10s') },
    later: ['ignore_older_than'],
  },
  'discovery.relabel': { attributes: { targets: { kind: 'targets', required: true } }, blocks: { rule } },
  'loki.source.file': {
    attributes: {
      targets: { kind: 'targets', required: true },
      forward_to: forwardTo,
      tail_from_end: { kind: 'bool', default: false },
    },
    blocks: {
      file_watch: { attributes: { min_poll_frequency: duration('250ms'), max_poll_frequency: duration('250ms') } },
    },
    later: ['encoding', 'decompression', 'legacy_positions_file'],
  },
  'loki.relabel': {
    attributes: { forward_to: forwardTo, max_cache_size: { kind: 'number', default: 10_000n } },
    blocks: { rule },
  },
  'loki.process': { attributes: { forward_to: forwardTo }, blocks: stages, later: stagesLater },
  'loki.write': {
    attributes: { external_labels: { kind: 'map', default: noLabels } },
    blocks: {
      endpoint: {
        many: true,
        attributes: {
          url: { kind: 'string', required: true },
          name: text(''),
          batch_wait: duration('1s'),
          batch_size: { kind: 'size', default: '1MiB' },
          remote_timeout: duration('10s'),
          min_backoff_period: duration('500ms'),
          max_backoff_period: duration('5m'),
          max_backoff_retries: { kind: 'number', default: 10n },
          tenant_id: text(''),
          headers: { kind: 'map', default: noLabels },
          retry_on_http_429: { kind: 'bool', default: true },
        },
        later: [
          'basic_auth',
          'authorization',
          'oauth2',
          'tls_config',
          'bearer_token',
          'bearer_token_file',
          'proxy_url',
          'no_proxy',
          'proxy_from_environment',
          'proxy_connect_header',
          'follow_redirects',
          'enable_http2',
          'queue_config',
        ],
      },
    },
    later: ['max_streams', 'wal'],
  },
  'loki.echo': { attributes: {} },
};

export const logging: BodySpec = { attributes: { level: text('info'), format: text('logfmt') }, later: ['write_to'] };

/** The fields that other components may name. */
export const exported: Readonly<Record<string, readonly ('receiver' | 'targets' | 'output' | 'rules')[]>> = {
  'local.file_match': ['targets'],
  'discovery.relabel': ['output', 'rules'],
  'loki.source.file': [],
  'loki.relabel': ['receiver', 'rules'],
  'loki.process': ['receiver'],
  'loki.write': ['receiver'],
  'loki.echo': ['receiver'],
};

/** The families of components that Alloy has and the stand-in does not. */
export const realFamilies =
  /^(beyla|database_observability|discovery|faro|local|loki|mimir|module|otelcol|prometheus|pyroscope|remote)\./;
