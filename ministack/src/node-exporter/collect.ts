import { type MetricFamily, writeExposition } from '@plumbline/formats/exposition';
import { cpu, stat } from './collectors/cpu.ts';
import { diskstats } from './collectors/disk.ts';
import { family, single } from './collectors/family.ts';
import { filesystem } from './collectors/filesystem.ts';
import { meminfo, vmstat } from './collectors/memory.ts';
import { netdev } from './collectors/network.ts';
import { entropy, filefd, loadavg, pressure, time, uname } from './collectors/system.ts';
import type { Host } from './host.ts';

type Collector = (host: Host) => readonly MetricFamily[] | Promise<readonly MetricFamily[]>;

const collectors: Readonly<Record<string, Collector>> = {
  cpu,
  diskstats,
  entropy,
  filefd,
  filesystem,
  loadavg,
  meminfo,
  netdev,
  pressure,
  stat,
  time,
  uname,
  vmstat,
};

/** Told once for each collector that fails, and again when it fails for another reason. */
export type OnFailure = (collector: string, why: string) => void;

/** One page of figures. A collector that cannot read its part says so with success 0 and gives nothing. */
export async function collect(host: Host, startedMs: number, onFailure: OnFailure): Promise<string> {
  const found = await Promise.all(
    Object.entries(collectors).map(async ([name, run]) => {
      const began = performance.now();
      const families = await attempt(run, host);
      if (typeof families === 'string') onFailure(name, families);
      return { name, families, seconds: (performance.now() - began) / 1000 };
    }),
  );
  const build = {
    branch: '',
    goarch: '',
    goos: 'linux',
    goversion: '',
    revision: '',
    tags: '',
    version: '1.8.1',
    stand_in: 'true',
  };
  const { user, system } = process.cpuUsage();
  return writeExposition([
    ...found.flatMap(({ families }) => (typeof families === 'string' ? [] : families)),
    family('node_exporter_build_info', 'gauge', 'Version of the program that this one stands in for.', [[build, 1]]),
    family(
      'node_scrape_collector_duration_seconds',
      'gauge',
      'Seconds that a collector took.',
      found.map(({ name, seconds }) => [{ collector: name }, seconds]),
    ),
    family(
      'node_scrape_collector_success',
      'gauge',
      'Whether a collector could read its part.',
      found.map(({ name, families }) => [{ collector: name }, Number(typeof families !== 'string')]),
    ),
    single('process_cpu_seconds_total', 'counter', 'Seconds of processor time of this program.', (user + system) / 1e6),
    single('process_resident_memory_bytes', 'gauge', 'Resident memory of this program.', process.memoryUsage.rss()),
    single('process_start_time_seconds', 'gauge', 'When this program started, as a unix time.', startedMs / 1000),
  ]);
}

async function attempt(run: Collector, host: Host): Promise<readonly MetricFamily[] | string> {
  try {
    return await run(host);
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}
