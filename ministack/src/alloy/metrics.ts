import type { MetricFamily, MetricType } from '@plumbline/formats/exposition';

type MetricLabels = Readonly<Record<string, string>>;

/** Counters and gauges by name and labels. */
export class Metrics {
  private readonly families = new Map<
    string,
    { type: MetricType; help: string; values: Map<string, { labels: MetricLabels; value: number }> }
  >();

  define(name: string, type: MetricType, help: string): void {
    this.families.set(name, { type, help, values: new Map() });
  }

  add(name: string, labels: MetricLabels, by = 1): void {
    this.cell(name, labels).value += by;
  }

  set(name: string, labels: MetricLabels, value: number): void {
    this.cell(name, labels).value = value;
  }

  clear(name: string, keep: (labels: MetricLabels) => boolean = () => false): void {
    const values = this.families.get(name)?.values;
    for (const [key, cell] of values ?? []) if (!keep(cell.labels)) values!.delete(key);
  }

  read(): readonly MetricFamily[] {
    return [...this.families].map(([name, family]) => ({
      name,
      type: family.type,
      help: family.help,
      samples: [...family.values.values()].map((cell) => ({ name, ...cell })),
    }));
  }

  private cell(name: string, labels: MetricLabels) {
    const family = this.families.get(name)!;
    const key = Object.values(labels).join('\0');
    const found = family.values.get(key) ?? { labels, value: 0 };
    family.values.set(key, found);
    return found;
  }
}

/** The metrics of Alloy that the stand-in keeps. */
export function alloyMetrics(): Metrics {
  const metrics = new Metrics();
  const all: readonly (readonly [string, MetricType, string])[] = [
    ['alloy_build_info', 'gauge', 'Version of the program that this one stands in for.'],
    ['alloy_config_hash', 'gauge', 'Hash of the configuration in use.'],
    ['alloy_config_last_load_successful', 'gauge', 'Whether the last load of the configuration succeeded.'],
    ['alloy_config_last_load_success_timestamp_seconds', 'gauge', 'When a configuration was last loaded.'],
    ['alloy_config_load_failures_total', 'counter', 'Loads of a configuration that failed.'],
    ['alloy_component_controller_running_components', 'gauge', 'Running components by health.'],
    ['loki_source_file_read_bytes_total', 'gauge', 'Bytes read of a file.'],
    ['loki_source_file_file_bytes_total', 'gauge', 'Bytes in a file.'],
    ['loki_source_file_read_lines_total', 'counter', 'Lines read of a file.'],
    ['loki_source_file_encoding_failures_total', 'counter', 'Lines that were not UTF-8.'],
    ['loki_source_file_files_active_total', 'gauge', 'Files being read.'],
    ['loki_process_dropped_lines_total', 'counter', 'Lines dropped by a stage, by reason.'],
    ['loki_write_encoded_bytes_total', 'counter', 'Bytes encoded for sending.'],
    ['loki_write_sent_bytes_total', 'counter', 'Bytes sent.'],
    ['loki_write_sent_entries_total', 'counter', 'Lines sent.'],
    ['loki_write_dropped_bytes_total', 'counter', 'Bytes that the store refused.'],
    ['loki_write_dropped_entries_total', 'counter', 'Lines that the store refused.'],
    ['loki_write_batch_retries_total', 'counter', 'Attempts to send a batch again.'],
  ];
  for (const [name, type, help] of all) metrics.define(name, type, help);
  return metrics;
}
