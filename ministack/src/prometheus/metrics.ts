import { type MetricFamily, type MetricType, writeExposition } from '@plumbline/formats/exposition';

export interface Figures {
  readonly version: string;
  readonly samples: number;
  readonly series: number;
  readonly cutBefore: number;
  readonly reloadOk: boolean;
  readonly loadedAt: number;
  readonly startedMs: number;
  readonly answered: ReadonlyMap<string, number>;
}

/** The few of Prometheus's own metrics that the stand-in can give real values to, and what it has given up. */
export function metricsText(f: Figures): string {
  const one = (name: string, type: MetricType, help: string, value: number, labels = {}): MetricFamily => ({
    name,
    type,
    help,
    samples: [{ name, labels, value }],
  });
  const info = { version: f.version, revision: '', branch: '', goversion: '', stand_in: 'true' };
  const { user, system } = process.cpuUsage();
  return writeExposition([
    one('prometheus_build_info', 'gauge', 'Version of the program that this one stands in for.', 1, info),
    one('prometheus_ready', 'gauge', 'Whether startup was fully completed and the server is ready.', 1),
    one(
      'prometheus_config_last_reload_successful',
      'gauge',
      'Whether the last configuration reload attempt was successful.',
      Number(f.reloadOk),
    ),
    one(
      'prometheus_config_last_reload_success_timestamp_seconds',
      'gauge',
      'Timestamp of the last successful configuration reload.',
      f.loadedAt / 1000,
    ),
    one('prometheus_tsdb_head_series', 'gauge', 'Total number of series in the head block.', f.series),
    one('plumbline_stand_in_samples', 'gauge', 'Samples held in memory.', f.samples),
    one(
      'plumbline_stand_in_samples_cut_before_timestamp_seconds',
      'gauge',
      'Samples older than this were given up because there were too many; 0 where none were.',
      Number.isFinite(f.cutBefore) ? f.cutBefore / 1000 : 0,
    ),
    {
      name: 'prometheus_http_requests_total',
      type: 'counter',
      help: 'Counter of HTTP requests.',
      samples: [...f.answered].map(([key, value]) => {
        const [handler = '', code = ''] = key.split(' ');
        return { name: 'prometheus_http_requests_total', labels: { code, handler }, value };
      }),
    },
    one(
      'process_cpu_seconds_total',
      'counter',
      'Total user and system CPU time spent in seconds.',
      (user + system) / 1e6,
    ),
    one('process_resident_memory_bytes', 'gauge', 'Resident memory size in bytes.', process.memoryUsage.rss()),
    one(
      'process_start_time_seconds',
      'gauge',
      'Start time of the process since unix epoch in seconds.',
      f.startedMs / 1000,
    ),
  ]);
}
