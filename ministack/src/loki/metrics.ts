/** The few of Loki's own metrics that the stand-in can give real values to. */
export interface Metrics {
  received(lines: number, bytes: number): void;
  discarded(reason: string, lines: number, bytes: number): void;
  answered(method: string, route: string, status: number): void;
  /** The exposition text; `streams` is how many are held. */
  text(streams: number): string;
}

/** Starts counting. */
export function startMetrics(startMs: number): Metrics {
  const counters = new Map<string, Map<string, number>>();
  const add = (name: string, labels: string, by: number) => {
    const series = counters.get(name) ?? new Map<string, number>();
    series.set(labels, (series.get(labels) ?? 0) + by);
    counters.set(name, series);
  };
  const help: Readonly<Record<string, string>> = {
    loki_distributor_lines_received_total: 'The total number of lines received per tenant',
    loki_distributor_bytes_received_total: 'The total number of uncompressed bytes received per tenant',
    loki_discarded_samples_total: 'The total number of samples that were discarded',
    loki_discarded_bytes_total: 'The total number of bytes that were discarded',
    loki_request_duration_seconds_count: 'Requests answered',
  };
  return {
    received(lines, bytes) {
      add('loki_distributor_lines_received_total', '{tenant="fake"}', lines);
      add('loki_distributor_bytes_received_total', '{tenant="fake"}', bytes);
    },
    discarded(reason, lines, bytes) {
      add('loki_discarded_samples_total', `{reason="${reason}",tenant="fake"}`, lines);
      add('loki_discarded_bytes_total', `{reason="${reason}",tenant="fake"}`, bytes);
    },
    answered(method, route, status) {
      add('loki_request_duration_seconds_count', `{method="${method}",route="${route}",status_code="${status}"}`, 1);
    },
    text(streams) {
      const blocks = [...counters].map(([name, series]) => {
        const rows = [...series].map(([labels, value]) => `${name}${labels} ${value}`);
        return [`# HELP ${name} ${help[name] ?? ''}`, `# TYPE ${name} counter`, ...rows].join('\n');
      });
      const gauges: readonly (readonly [string, string, number])[] = [
        ['loki_ingester_memory_streams', '{tenant="fake"}', streams],
        ['process_start_time_seconds', '', startMs / 1000],
        ['process_resident_memory_bytes', '', process.memoryUsage.rss()],
      ];
      const rest = gauges.map(([name, labels, value]) => `# TYPE ${name} gauge\n${name}${labels} ${value}`);
      return `${[...blocks, ...rest].join('\n')}\n`;
    },
  };
}
