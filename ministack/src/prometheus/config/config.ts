import { formatPromDuration } from '@plumbline/formats/promql';
import { parseYaml } from '@plumbline/formats/yaml';
import { type Labels, labelsOf } from '../labels.ts';
import { ConfigFault, child, duration, line, list, type Node, struct, text, texts, whole } from './decode.ts';
import { type ScrapeConfig, scrapeConfig } from './scrape-config.ts';

/** A configuration in which everything that may be left out has its value. */
export interface Config {
  readonly evaluationIntervalMs: number;
  readonly externalLabels: Labels;
  readonly ruleFiles: readonly string[];
  readonly scrapeConfigs: readonly ScrapeConfig[];
  /** As `/api/v1/status/config` prints it. */
  readonly shown: Readonly<Record<string, unknown>>;
}

const protocols = ['OpenMetricsText1.0.0', 'OpenMetricsText0.0.1', 'PrometheusText0.0.4'];
const labelName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Reads prometheus.yml strictly. Throws ConfigFault in Prometheus's words. */
export function readConfig(source: string, file: string): Config {
  const document = parseYaml(source, file);
  if (!document.ok) {
    const at = document.failure.place?.line;
    throw new ConfigFault(`yaml: ${at === undefined ? '' : `line ${at}: `}${document.failure.message}`);
  }
  const root: Node = { value: document.value.value, path: [], document: document.value };
  const top = struct(root, 'config.plain', { global: readGlobal, rule_files: list(text()), scrape_configs: (n) => n }, [
    'alerting',
    'remote_write',
    'remote_read',
    'storage',
    'tracing',
    'scrape_config_files',
    'otlp',
    'runtime',
  ]);
  const bad = top.rule_files.find((path) => !/^[^*]*(\*[^/]*)?$/.test(path));
  if (bad !== undefined) throw new ConfigFault(`invalid rule file path ${JSON.stringify(bad)}`);
  const { global } = top;
  const scrapeConfigs = list((node) => scrapeConfig(node, global, protocols))(child(root, 'scrape_configs'));
  const names = new Set<string>();
  for (const { jobName } of scrapeConfigs) {
    if (names.has(jobName)) throw new ConfigFault(`found multiple scrape configs with job name "${jobName}"`);
    names.add(jobName);
  }
  return {
    evaluationIntervalMs: global.evaluationMs,
    externalLabels: global.externalLabels,
    ruleFiles: top.rule_files,
    scrapeConfigs,
    shown: {
      global: global.shown,
      ...(top.rule_files.length > 0 ? { rule_files: top.rule_files } : {}),
      ...(scrapeConfigs.length > 0 ? { scrape_configs: scrapeConfigs.map((s) => s.shown) } : {}),
    },
  };
}

export interface Global {
  readonly scrapeMs: number;
  readonly timeoutMs: number;
  readonly evaluationMs: number;
  readonly externalLabels: Labels;
  readonly shown: Readonly<Record<string, unknown>>;
}

function readGlobal(node: Node): Global {
  const g = struct(
    node,
    'config.plain',
    {
      scrape_interval: duration,
      scrape_timeout: duration,
      evaluation_interval: duration,
      external_labels: texts,
      scrape_protocols: list(text()),
      keep_dropped_targets: whole(0),
    },
    [
      'query_log_file',
      'body_size_limit',
      'sample_limit',
      'target_limit',
      'label_limit',
      'label_name_length_limit',
      'label_value_length_limit',
    ],
  );
  const wrong = Object.keys(g.external_labels).find((name) => !labelName.test(name));
  if (wrong !== undefined) throw new ConfigFault(`"${wrong}" is not a valid label name`);
  if (g.scrape_protocols.some((p) => !protocols.includes(p))) {
    throw new ConfigFault(
      `${line(child(node, 'scrape_protocols'))}scrape_protocols other than ${protocols.join(', ')} are not implemented by this stand-in`,
    );
  }
  const scrapeMs = g.scrape_interval || 60_000;
  const timeoutMs = g.scrape_timeout || Math.min(10_000, scrapeMs);
  if (timeoutMs > scrapeMs) throw new ConfigFault('global scrape timeout greater than scrape interval');
  const evaluationMs = g.evaluation_interval || 60_000;
  const externalLabels = labelsOf(Object.entries(g.external_labels));
  return {
    scrapeMs,
    timeoutMs,
    evaluationMs,
    externalLabels,
    shown: {
      scrape_interval: formatPromDuration(scrapeMs),
      scrape_timeout: formatPromDuration(timeoutMs),
      scrape_protocols: g.scrape_protocols.length > 0 ? g.scrape_protocols : protocols,
      evaluation_interval: formatPromDuration(evaluationMs),
      ...(Object.keys(externalLabels).length > 0 ? { external_labels: externalLabels } : {}),
      ...(g.keep_dropped_targets > 0 ? { keep_dropped_targets: g.keep_dropped_targets } : {}),
    },
  };
}
