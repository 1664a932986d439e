import { type MetricFamily, writeExposition } from '@plumbline/formats/exposition';
import type { Dashboards } from './provisioning/dashboards.ts';
import type { DataSource } from './provisioning/datasources.ts';

/** The few of Grafana's own metrics that the stand-in can give real values to. */
export interface Metrics {
  answered(method: string, handler: string, status: number): void;
  loggedIn(): void;
  text(dashboards: Dashboards, dataSources: readonly DataSource[]): string;
}

export function startMetrics(startMs: number): Metrics {
  const requests = new Map<string, { readonly labels: Record<string, string>; count: number }>();
  let logins = 0;
  return {
    answered(method, handler, status) {
      const labels = { handler, method, status_code: String(status) };
      const key = JSON.stringify(labels);
      const found = requests.get(key) ?? { labels, count: 0 };
      found.count += 1;
      requests.set(key, found);
    },
    loggedIn() {
      logins += 1;
    },
    text(dashboards, dataSources) {
      const types = new Map<string, number>();
      for (const { type } of dataSources) types.set(type, (types.get(type) ?? 0) + 1);
      const build = { edition: 'oss', stand_in: 'true', version: '11.1.0' };
      return writeExposition([
        family('grafana_build_info', 'gauge', 'The version that is stood in for', [[build, 1]]),
        family('grafana_api_login_post_total', 'counter', 'Api login post counter', [[{}, logins]]),
        family(
          'grafana_http_request_duration_seconds_count',
          'counter',
          'Requests answered',
          [...requests.values()].map(({ labels, count }) => [labels, count] as const),
        ),
        family('grafana_stat_totals_dashboard', 'gauge', 'total amount of dashboards', [[{}, dashboards.all().length]]),
        family('grafana_stat_totals_folder', 'gauge', 'total amount of folders', [[{}, dashboards.folders().length]]),
        family(
          'grafana_stat_totals_datasource',
          'gauge',
          'total number of defined datasources, labeled by pluginId',
          [...types].map(([plugin_id, count]) => [{ plugin_id }, count] as const),
        ),
        family('process_start_time_seconds', 'gauge', 'Start time of the process', [[{}, startMs / 1000]]),
        family('process_resident_memory_bytes', 'gauge', 'Resident memory size in bytes', [
          [{}, process.memoryUsage.rss()],
        ]),
      ]);
    },
  };
}

function family(
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  samples: readonly (readonly [Readonly<Record<string, string>>, number])[],
): MetricFamily {
  return { name, type, help, samples: samples.map(([labels, value]) => ({ name, labels, value })) };
}
