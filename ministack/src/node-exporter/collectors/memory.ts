import type { MetricFamily } from '@plumbline/formats/exposition';
import { type Host, number } from '../host.ts';
import { single } from './family.ts';

/** Every field of meminfo, in bytes where the kernel gives kB. */
export function meminfo(host: Host): readonly MetricFamily[] {
  const fields = [...host.proc('meminfo').matchAll(/^([^:\n]+):\s+(\d+)( kB)?$/gm)];
  if (fields.length === 0) throw new Error('no fields in meminfo');
  return fields.map(([, field = '', value, unit]) => {
    const plain = field.replace(/\((.*)\)/, '_$1');
    const name = `node_memory_${plain}${unit === undefined ? '' : '_bytes'}`;
    return single(
      name,
      'gauge',
      `The field ${field} of meminfo.`,
      number(value, field) * (unit === undefined ? 1 : 1024),
    );
  });
}

const wanted = /^(?:oom_kill|pgpg|pswp|pg.*fault)/;

/** The fields of vmstat that the exporter shows. */
export function vmstat(host: Host): readonly MetricFamily[] {
  const fields = [...host.proc('vmstat').matchAll(/^(\S+) (\d+)$/gm)].filter(([, field = '']) => wanted.test(field));
  if (fields.length === 0) throw new Error('no fields in vmstat');
  return fields.map(([, field = '', value]) =>
    single(`node_vmstat_${field}`, 'untyped', `The field ${field} of vmstat.`, number(value, field)),
  );
}
