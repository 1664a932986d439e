import type { MetricFamily } from '@plumbline/formats/exposition';
import { type Host, number, words } from '../host.ts';
import { family, type Labels, single } from './family.ts';

const modes = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal'];
/** What the kernel counts in, whatever its own clock does. */
const ticksPerSecond = 100;

/** Seconds of each processor by mode. */
export function cpu(host: Host): readonly MetricFamily[] {
  const rows = host
    .proc('stat')
    .split('\n')
    .filter((line) => /^cpu\d/.test(line))
    .map(words);
  if (rows.length === 0) throw new Error('no processors in stat');
  const seconds = (row: readonly string[], index: number) => number(row[index], 'a time of stat') / ticksPerSecond;
  const name = (row: readonly string[]) => (row[0] ?? '').slice(3);
  const spent = rows.flatMap((row) =>
    modes.map((mode, n): [Labels, number] => [{ cpu: name(row), mode }, seconds(row, n + 1)]),
  );
  const guests = rows.flatMap((row): [Labels, number][] => [
    [{ cpu: name(row), mode: 'nice' }, seconds(row, 10)],
    [{ cpu: name(row), mode: 'user' }, seconds(row, 9)],
  ]);
  return [
    family('node_cpu_guest_seconds_total', 'counter', 'Seconds spent in guests, by mode.', guests),
    family('node_cpu_seconds_total', 'counter', 'Seconds spent in each mode.', spent),
  ];
}

/** The counters of the whole machine in stat. */
export function stat(host: Host): readonly MetricFamily[] {
  const text = host.proc('stat');
  const find = (key: string) => number(new RegExp(`^${key} (\\d+)`, 'm').exec(text)?.[1], key);
  return [
    single('node_boot_time_seconds', 'gauge', 'When the machine started, as a unix time.', find('btime')),
    single('node_context_switches_total', 'counter', 'Context switches.', find('ctxt')),
    single('node_forks_total', 'counter', 'Processes forked.', find('processes')),
    single('node_intr_total', 'counter', 'Interrupts served.', find('intr')),
    single('node_procs_blocked', 'gauge', 'Processes that wait for I/O.', find('procs_blocked')),
    single('node_procs_running', 'gauge', 'Processes that can run.', find('procs_running')),
  ];
}
