import type { ServiceSpec } from './protocol.ts';

type Kind = 'string' | 'boolean' | 'texts' | 'addresses' | 'anything' | 'milliseconds, or nothing';

const shape: Readonly<Record<keyof ServiceSpec, Kind>> = {
  project: 'string',
  image: 'string',
  program: 'string',
  args: 'texts',
  world: 'anything',
  listen: 'addresses',
  serviceHash: 'string',
  secrets: 'string',
  programSha256: 'string',
  address: 'string',
  restart: 'boolean',
  graceMs: 'milliseconds, or nothing',
  logFile: 'string',
};

/**
 * Reads a ServiceSpec from the body of a request; a text says what is wrong with it. It is read before anything is
 * stopped for it. Pure.
 */
export function readSpec(body: string): ServiceSpec | string {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return 'the body is not whole JSON';
  }
  if (value === null || typeof value !== 'object') return 'the body is no object';
  const given = value as Readonly<Record<string, unknown>>;
  const wrong = Object.entries(shape).find(([key, kind]) => !fits(given[key], kind));
  return wrong === undefined ? (value as ServiceSpec) : `"${wrong[0]}" is not as it must be`;
}

function fits(value: unknown, kind: Kind): boolean {
  if (kind === 'anything') return value !== undefined;
  if (kind === 'texts') return Array.isArray(value) && value.every((item) => typeof item === 'string');
  if (kind === 'addresses') return Array.isArray(value) && value.every(isAddress);
  if (kind === 'milliseconds, or nothing')
    return value === undefined || (Number.isInteger(value) && Number(value) >= 0);
  return typeof value === kind;
}

function isAddress(value: unknown): boolean {
  if (value === null || typeof value !== 'object') return false;
  const { host, port } = value as { readonly host?: unknown; readonly port?: unknown };
  return typeof host === 'string' && Number.isInteger(port) && Number(port) > 0 && Number(port) < 65_536;
}
