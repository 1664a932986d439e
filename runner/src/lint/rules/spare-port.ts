import { defaults } from '../defaults.ts';
import type { Subject } from '../finding.ts';
import { entriesOf, stackOf } from '../subject.ts';

export const LOWEST = 1024;
export const HIGHEST = 65535;
/** Where ports are proposed for services that have none in the shipped environment: below those that kernels give out. */
const FIRST_PROPOSED = 13000;

export function isPort(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= LOWEST && (value as number) <= HIGHEST;
}

/** A port for a service that nothing here has: the one that was meant, the shipped one, or the next above it. Pure. */
export function sparePort(subject: Subject, service: string, meant?: number): number {
  const { config, world } = subject;
  const shipped: Readonly<Record<string, number>> = defaults.ports;
  const container = stackOf(subject).files?.stack?.services[service]?.port;
  const from = meant ?? shipped[service] ?? (isPort(container) ? container : FIRST_PROPOSED);
  const given = new Set(entriesOf(config.ports).map(([, port]) => port));
  const taken = new Set(world.listeners.map(({ port }) => port));
  const free = (port: number) => !given.has(port) && !taken.has(port);
  for (let port = from; port <= HIGHEST; port += 1) if (free(port)) return port;
  for (let port = LOWEST; port < from; port += 1) if (free(port)) return port;
  return from;
}
