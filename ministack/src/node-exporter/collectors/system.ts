import { machine } from 'node:os';
import type { MetricFamily } from '@plumbline/formats/exposition';
import { type Host, number, words } from '../host.ts';
import { family, single } from './family.ts';

export function loadavg(host: Host): readonly MetricFamily[] {
  const loads = words(host.proc('loadavg'));
  const made = (name: string, n: number) =>
    single(`node_${name}`, 'gauge', `Load average of the last ${name.slice(4)} minutes.`, number(loads[n], name));
  return [made('load1', 0), made('load15', 2), made('load5', 1)];
}

export function time(): readonly MetricFamily[] {
  return [single('node_time_seconds', 'gauge', 'The time, as a unix time.', Date.now() / 1000)];
}

export function uname(host: Host): readonly MetricFamily[] {
  const read = (name: string) => host.proc(`sys/kernel/${name}`).trim();
  const labels = {
    domainname: read('domainname'),
    machine: machine(),
    nodename: read('hostname'),
    release: read('osrelease'),
    sysname: read('ostype'),
    version: read('version'),
  };
  return [family('node_uname_info', 'gauge', 'What uname says of the machine.', [[labels, 1]])];
}

export function filefd(host: Host): readonly MetricFamily[] {
  const [allocated, , maximum] = words(host.proc('sys/fs/file-nr'));
  return [
    single('node_filefd_allocated', 'gauge', 'File descriptors in use.', number(allocated, 'allocated')),
    single('node_filefd_maximum', 'gauge', 'File descriptors that there may be.', number(maximum, 'maximum')),
  ];
}

export function entropy(host: Host): readonly MetricFamily[] {
  const read = (name: string) => number(host.proc(`sys/kernel/random/${name}`).trim(), name);
  return [
    single('node_entropy_available_bits', 'gauge', 'Bits of entropy at hand.', read('entropy_avail')),
    single('node_entropy_pool_size_bits', 'gauge', 'Bits that the pool can hold.', read('poolsize')),
  ];
}

const pressures = [
  ['cpu', 'some', 'node_pressure_cpu_waiting_seconds_total', 'Seconds that processes waited for a processor.'],
  ['io', 'some', 'node_pressure_io_waiting_seconds_total', 'Seconds that processes waited for I/O.'],
  ['io', 'full', 'node_pressure_io_stalled_seconds_total', 'Seconds that no process got on because of I/O.'],
  ['memory', 'some', 'node_pressure_memory_waiting_seconds_total', 'Seconds that processes waited for memory.'],
  [
    'memory',
    'full',
    'node_pressure_memory_stalled_seconds_total',
    'Seconds that no process got on for want of memory.',
  ],
] as const;

export function pressure(host: Host): readonly MetricFamily[] {
  return pressures.map(([file, kind, name, help]) => {
    const total = new RegExp(`^${kind} .*total=(\\d+)$`, 'm').exec(host.proc(`pressure/${file}`))?.[1];
    return single(name, 'counter', help, number(total, name) / 1e6);
  });
}
