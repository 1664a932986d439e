import type { MetricFamily, MetricType } from '@plumbline/formats/exposition';
import { type Host, number, words } from '../host.ts';
import { family } from './family.ts';

/** Partitions and memory disks are left out, as the exporter does unless told otherwise. */
const excluded = /^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+$/;

const columns: readonly (readonly [name: string, type: MetricType, help: string, scale: number])[] = [
  ['reads_completed_total', 'counter', 'Reads completed.', 1],
  ['reads_merged_total', 'counter', 'Reads merged.', 1],
  ['read_bytes_total', 'counter', 'Bytes read.', 512],
  ['read_time_seconds_total', 'counter', 'Seconds spent by all reads.', 0.001],
  ['writes_completed_total', 'counter', 'Writes completed.', 1],
  ['writes_merged_total', 'counter', 'Writes merged.', 1],
  ['written_bytes_total', 'counter', 'Bytes written.', 512],
  ['write_time_seconds_total', 'counter', 'Seconds spent by all writes.', 0.001],
  ['io_now', 'gauge', 'I/Os under way.', 1],
  ['io_time_seconds_total', 'counter', 'Seconds in which there was I/O.', 0.001],
  ['io_time_weighted_seconds_total', 'counter', 'Seconds of I/O, weighted by how many there were.', 0.001],
  ['discards_completed_total', 'counter', 'Discards completed.', 1],
  ['discards_merged_total', 'counter', 'Discards merged.', 1],
  ['discarded_sectors_total', 'counter', 'Sectors discarded.', 1],
  ['discard_time_seconds_total', 'counter', 'Seconds spent by all discards.', 0.001],
  ['flush_requests_total', 'counter', 'Flushes completed.', 1],
  ['flush_requests_time_seconds_total', 'counter', 'Seconds spent by all flushes.', 0.001],
];

/** The kernel's counters of each disk; older kernels have fewer columns. */
export function diskstats(host: Host): readonly MetricFamily[] {
  const rows = host
    .proc('diskstats')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(words)
    .filter((row) => !excluded.test(row[2] ?? ''));
  return columns.flatMap(([name, type, help, scale], index) => {
    const values = rows
      .filter((row) => row[index + 3] !== undefined)
      .map((row) => [{ device: row[2] ?? '' }, number(row[index + 3], name) * scale] as const);
    return values.length === 0 ? [] : [family(`node_disk_${name}`, type, help, values)];
  });
}
