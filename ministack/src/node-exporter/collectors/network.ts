import type { MetricFamily } from '@plumbline/formats/exposition';
import { type Host, number, words } from '../host.ts';
import { family } from './family.ts';

const received = ['bytes', 'packets', 'errs', 'drop', 'fifo', 'frame', 'compressed', 'multicast'];
const sent = ['bytes', 'packets', 'errs', 'drop', 'fifo', 'colls', 'carrier', 'compressed'];

/** The counters of each network device. */
export function netdev(host: Host): readonly MetricFamily[] {
  const rows = [...host.proc('net/dev').matchAll(/^\s*([^:\s]+):(.*)$/gm)].map(([, device = '', rest = '']) => ({
    device,
    values: words(rest),
  }));
  if (rows.length === 0) throw new Error('no devices in net/dev');
  const made = (direction: string, names: readonly string[], offset: number) =>
    names.map((name, n) =>
      family(
        `node_network_${direction}_${name}_total`,
        'counter',
        `The counter ${name} of ${direction}.`,
        rows.map(({ device, values }) => [{ device }, number(values[offset + n], name)]),
      ),
    );
  return [...made('receive', received, 0), ...made('transmit', sent, received.length)];
}
