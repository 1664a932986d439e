import { type MetricFamily, type MetricType, writeExposition } from '@plumbline/formats/exposition';
import type { Args } from './args.ts';
import { type Usage, usages } from './cgroups.ts';
import { type Machine, memoryField } from './machine.ts';

/** The page of figures, read from the machine's control groups; `at` stamps those of containers, as cAdvisor does. */
export function metricsPage(
  machine: Machine,
  args: Args,
  at: number,
): { readonly text: string; readonly cut: boolean } {
  const { found, cut } = usages(machine, args.dockerOnly);
  const perContainer = (
    name: string,
    type: MetricType,
    help: string,
    pick: (usage: Usage) => number | undefined,
  ): MetricFamily => ({
    name,
    type,
    help,
    samples: found.flatMap((usage) => {
      const value = pick(usage);
      return value === undefined ? [] : [{ name, labels: { id: usage.id }, value, timestamp: at }];
    }),
  });
  const cpu: MetricFamily = {
    name: 'container_cpu_usage_seconds_total',
    type: 'counter',
    help: 'Seconds of processor time used.',
    samples: found.flatMap((usage) =>
      Object.entries(usage.cpu).map(([name, value]) => ({
        name: 'container_cpu_usage_seconds_total',
        labels: { id: usage.id, cpu: name },
        value,
        timestamp: at,
      })),
    ),
  };
  const families = [
    version(machine),
    ...(args.disabled.has('cpu')
      ? []
      : [
          cpu,
          perContainer('container_cpu_system_seconds_total', 'counter', 'Seconds in the kernel.', (u) => u.cpuSystem),
          perContainer('container_cpu_user_seconds_total', 'counter', 'Seconds in user space.', (u) => u.cpuUser),
        ]),
    perContainer('container_last_seen', 'gauge', 'When it was last seen, as a unix time.', () => Math.floor(at / 1000)),
    ...(args.disabled.has('memory')
      ? []
      : [
          perContainer('container_memory_cache', 'gauge', 'Bytes of page cache.', (u) => u.cache),
          perContainer('container_memory_rss', 'gauge', 'Bytes of memory that no file backs.', (u) => u.rss),
          perContainer('container_memory_usage_bytes', 'gauge', 'Bytes of memory in use.', (u) => u.memory),
          perContainer(
            'container_memory_working_set_bytes',
            'gauge',
            'Bytes in use that cannot simply be given up.',
            (u) => u.workingSet,
          ),
        ]),
    single(
      'container_scrape_error',
      'gauge',
      '1 where the figures of containers could not be read.',
      Number(found.length === 0),
    ),
    perContainer(
      'container_spec_memory_limit_bytes',
      'gauge',
      'Most bytes it may have; 0 without a limit.',
      (u) => u.limit ?? 0,
    ),
    perContainer('container_start_time_seconds', 'gauge', 'When it started, as a unix time.', (u) =>
      u.startedMs === undefined ? undefined : Math.floor(u.startedMs / 1000),
    ),
    ...machineFamilies(machine),
  ];
  return { text: writeExposition(families.filter((family) => family.samples.length > 0)), cut };
}

function machineFamilies(machine: Machine): readonly MetricFamily[] {
  const cores = machine.proc('cpuinfo')?.match(/^processor\s*:/gm)?.length;
  const memory = memoryField(machine, 'MemTotal');
  return [
    ...(cores === undefined ? [] : [single('machine_cpu_cores', 'gauge', 'Logical processors.', cores)]),
    ...(memory === undefined ? [] : [single('machine_memory_bytes', 'gauge', 'Bytes of memory installed.', memory)]),
    single('machine_scrape_error', 'gauge', '1 where the machine could not be read.', Number(memory === undefined)),
  ];
}

function version(machine: Machine): MetricFamily {
  const labels = {
    cadvisorRevision: '',
    cadvisorVersion: 'v0.49.1',
    dockerVersion: '',
    kernelVersion: (machine.proc('sys/kernel/osrelease') ?? '').trim(),
    osVersion: '',
    stand_in: 'true',
  };
  const name = 'cadvisor_version_info';
  return {
    name,
    type: 'gauge',
    help: 'Version of the program that this one stands in for.',
    samples: [{ name, labels, value: 1 }],
  };
}

function single(name: string, type: MetricType, help: string, value: number): MetricFamily {
  return { name, type, help, samples: [{ name, labels: {}, value }] };
}
