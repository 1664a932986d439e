import { named, shown } from '@plumbline/formats/shown';
import type { Rule, Subject } from '../finding.ts';
import { entriesOf } from '../subject.ts';
import { HIGHEST, isPort, LOWEST, sparePort } from './spare-port.ts';

const everywhere: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

export const portRange: Rule = {
  id: 'port-range',
  code: 'E_CONFIG_INVALID_VALUE',
  severity: 'error',
  summary: `a port is a whole number from ${LOWEST} to ${HIGHEST}`,
  check: (subject) =>
    entriesOf(subject.config.ports).flatMap(([name, port]) => {
      if (isPort(port)) return [];
      const path = ['ports', name];
      const message = `ports: ${named(name)} is ${shown(port)}; ${portRange.summary}`;
      return [{ path, message, patch: replaced(name, sparePort(subject, name, meant(port))) }];
    }),
};

/** "3000" was meant as 3000. */
function meant(port: unknown): number | undefined {
  const value = typeof port === 'string' && /^\d{4,5}$/.test(port) ? Number(port) : undefined;
  return isPort(value) ? value : undefined;
}

export const portDistinct: Rule = {
  id: 'port-distinct',
  code: 'E_CONFIG_INVALID_VALUE',
  severity: 'error',
  summary: 'no two services are given one port',
  check: (subject) => {
    const ports = entriesOf(subject.config.ports);
    return ports.flatMap(([name, port], n) => {
      const other = ports.slice(0, n).find(([, taken]) => taken === port);
      if (other === undefined || !isPort(port)) return [];
      const message = `ports: ${named(name)} and ${named(other[0])} are both given ${port}`;
      return [{ path: ['ports', name], message, patch: replaced(name, sparePort(subject, name)) }];
    });
  },
};

export const portFree: Rule = {
  id: 'port-free',
  code: 'E_RUNTIME_PORT_CONFLICT',
  severity: 'warning',
  summary: 'no other program of this host listens on a port now; those of the deployed services do not count',
  check: (subject) =>
    entriesOf(subject.config.ports).flatMap(([name, port]) => {
      const other = isPort(port) ? takenBy(subject, port) : undefined;
      if (other === undefined) return [];
      const who = other.process === undefined ? '' : ` by ${named(other.process.name)} (process ${other.process.pid})`;
      const message = `ports: ${named(name)} is given ${shown(port)}, which is in use${who} on ${other.host}`;
      return [{ path: ['ports', name], message, patch: replaced(name, sparePort(subject, name)) }];
    }),
};

function takenBy({ config, world }: Subject, port: number) {
  if (world.own.has(port)) return undefined;
  const bound = typeof config.bind_address === 'string' ? config.bind_address : '127.0.0.1';
  return world.listeners.find(
    (one) => one.port === port && (one.host === bound || everywhere.has(one.host) || everywhere.has(bound)),
  );
}

function replaced(name: string, value: number) {
  return [{ op: 'replace', path: pointer(name), value }] as const;
}

function pointer(name: string): string {
  return `/ports/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
