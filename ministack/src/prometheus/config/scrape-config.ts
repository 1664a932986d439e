import { formatPromDuration } from '@plumbline/formats/promql';
import { ConfigFault, duration, flag, list, type Node, struct, text, texts, whole } from './decode.ts';
import { type RelabelRule, relabelRules } from './relabel.ts';

export interface TargetGroup {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** One job: where to scrape, how often, and what to make of the labels. */
export interface ScrapeConfig {
  readonly jobName: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly metricsPath: string;
  readonly scheme: 'http' | 'https';
  readonly params: Readonly<Record<string, readonly string[]>>;
  readonly honorLabels: boolean;
  readonly honorTimestamps: boolean;
  readonly followRedirects: boolean;
  readonly sampleLimit: number;
  readonly groups: readonly TargetGroup[];
  readonly relabel: readonly RelabelRule[];
  readonly metricRelabel: readonly RelabelRule[];
  readonly shown: Readonly<Record<string, unknown>>;
}

interface Usual {
  readonly scrapeMs: number;
  readonly timeoutMs: number;
}

/** What the real one has beside what is read here. */
const notHere = [
  'authorization',
  'basic_auth',
  'bearer_token',
  'bearer_token_file',
  'oauth2',
  'tls_config',
  'proxy_url',
  'no_proxy',
  'proxy_from_environment',
  'proxy_connect_header',
  'scrape_classic_histograms',
  'body_size_limit',
  'target_limit',
  'label_limit',
  'label_name_length_limit',
  'label_value_length_limit',
  'native_histogram_bucket_limit',
  'native_histogram_min_bucket_factor',
  'keep_dropped_targets',
  'scrape_protocols',
  'file_sd_configs',
  'dns_sd_configs',
  'docker_sd_configs',
  'dockerswarm_sd_configs',
  'consul_sd_configs',
  'http_sd_configs',
  'kubernetes_sd_configs',
  'ec2_sd_configs',
  'azure_sd_configs',
  'gce_sd_configs',
  'openstack_sd_configs',
  'digitalocean_sd_configs',
  'hetzner_sd_configs',
  'lightsail_sd_configs',
  'linode_sd_configs',
  'marathon_sd_configs',
  'nerve_sd_configs',
  'nomad_sd_configs',
  'eureka_sd_configs',
  'ovhcloud_sd_configs',
  'puppetdb_sd_configs',
  'scaleway_sd_configs',
  'serverset_sd_configs',
  'triton_sd_configs',
  'uyuni_sd_configs',
  'ionos_sd_configs',
  'kuma_sd_configs',
  'vultr_sd_configs',
];

/** Reads one entry of `scrape_configs`. */
export function scrapeConfig(node: Node, usual: Usual, protocols: readonly string[]): ScrapeConfig {
  if (node.value === undefined || node.value === null) throw new ConfigFault('empty or null scrape config section');
  const s = struct(
    node,
    'config.ScrapeConfig',
    {
      job_name: text(),
      honor_labels: flag(false),
      honor_timestamps: flag(true),
      track_timestamps_staleness: flag(false),
      params: listsOfTexts,
      scrape_interval: duration,
      scrape_timeout: duration,
      metrics_path: text('/metrics'),
      scheme: text('http'),
      enable_compression: flag(true),
      follow_redirects: flag(true),
      enable_http2: flag(true),
      sample_limit: whole(0),
      relabel_configs: relabelRules,
      metric_relabel_configs: relabelRules,
      static_configs: list(targetGroup),
    },
    notHere,
  );
  if (s.job_name === '') throw new ConfigFault('job_name is empty');
  if (s.scheme !== 'http' && s.scheme !== 'https') throw new ConfigFault(`unsupported scheme "${s.scheme}"`);
  const intervalMs = s.scrape_interval || usual.scrapeMs;
  if (s.scrape_timeout !== undefined && s.scrape_timeout > intervalMs) {
    throw new ConfigFault(
      `scrape timeout greater than scrape interval for scrape config with job name "${s.job_name}"`,
    );
  }
  const timeoutMs = s.scrape_timeout || Math.min(usual.timeoutMs, intervalMs);
  return {
    jobName: s.job_name,
    intervalMs,
    timeoutMs,
    metricsPath: s.metrics_path,
    scheme: s.scheme,
    params: s.params,
    honorLabels: s.honor_labels,
    honorTimestamps: s.honor_timestamps,
    followRedirects: s.follow_redirects,
    sampleLimit: s.sample_limit,
    groups: s.static_configs,
    relabel: s.relabel_configs,
    metricRelabel: s.metric_relabel_configs,
    shown: {
      job_name: s.job_name,
      ...(s.honor_labels ? { honor_labels: true } : {}),
      honor_timestamps: s.honor_timestamps,
      track_timestamps_staleness: s.track_timestamps_staleness,
      ...(Object.keys(s.params).length > 0 ? { params: s.params } : {}),
      scrape_interval: formatPromDuration(intervalMs),
      scrape_timeout: formatPromDuration(timeoutMs),
      scrape_protocols: protocols,
      metrics_path: s.metrics_path,
      scheme: s.scheme,
      enable_compression: s.enable_compression,
      ...(s.sample_limit > 0 ? { sample_limit: s.sample_limit } : {}),
      follow_redirects: s.follow_redirects,
      enable_http2: s.enable_http2,
      ...(s.relabel_configs.length > 0 ? { relabel_configs: s.relabel_configs.map((r) => r.shown) } : {}),
      ...(s.metric_relabel_configs.length > 0
        ? { metric_relabel_configs: s.metric_relabel_configs.map((r) => r.shown) }
        : {}),
      ...(s.static_configs.length > 0 ? { static_configs: s.static_configs.map(shownGroup) } : {}),
    },
  };
}

function targetGroup(node: Node): TargetGroup {
  const group = struct(
    node,
    'struct { Targets []string "yaml:\\"targets\\""; Labels model.LabelSet "yaml:\\"labels\\"" }',
    {
      targets: list(text()),
      labels: texts,
    },
  );
  const wrong = group.targets.find((target) => target.includes('/'));
  if (wrong !== undefined) throw new ConfigFault(`"${wrong}" is not a valid hostname`);
  const name = Object.keys(group.labels).find((label) => !/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label));
  if (name !== undefined) throw new ConfigFault(`"${name}" is not a valid label name`);
  return group;
}

function shownGroup({ targets, labels }: TargetGroup): Readonly<Record<string, unknown>> {
  return { targets, ...(Object.keys(labels).length > 0 ? { labels } : {}) };
}

function listsOfTexts(node: Node): Readonly<Record<string, readonly string[]>> {
  const { value, path, document } = node;
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw new ConfigFault('params must be a map of lists');
  return Object.fromEntries(
    Object.entries(value).map(([key, own]) => [key, list(text())({ value: own, path: [...path, key], document })]),
  );
}
