import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { contractPath } from '@plumbline/contracts';
import type { ComposeFile } from '@plumbline/formats/compose';

/** What a stand-in is given in place of Docker's DNS, port publishing and mounts: see ministack's `World`. */
export interface World {
  readonly service: string;
  readonly hostname: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly listen: Readonly<Record<string, { readonly host: string; readonly port: number }>>;
  readonly hosts: Readonly<Record<string, string>>;
  readonly mounts: readonly { readonly target: string; readonly source: string; readonly read_only: boolean }[];
}

/** The world of one service of a compose file that is deployed under a root. */
export function worldOf(compose: ComposeFile, service: string, deployRoot: string): World {
  const own = compose.services[service];
  if (own === undefined) throw new Error(`no service ${service}`);
  return {
    service,
    // As Docker does: the service's own name space has a name of its own, the host's has the host's.
    hostname: own.uts === 'host' ? hostname() : service,
    environment: own.environment,
    listen: Object.fromEntries(
      own.ports.map((port) => [String(port.target), { host: port.hostIp, port: port.published }]),
    ),
    hosts: Object.fromEntries(
      Object.entries(compose.services).flatMap(([name, { ports }]) => {
        return ports.map((port) => [`${name}:${port.target}`, `${dialable(port.hostIp)}:${port.published}`] as const);
      }),
    ),
    mounts: own.volumes.map((volume) => ({
      target: volume.target,
      source:
        volume.type === 'bind'
          ? // As compose reads it: relative to the project directory, or absolute.
            resolve(deployRoot, volume.source)
          : contractPath('deploy', 'volume', deployRoot, { volume: volume.source }),
      read_only: volume.readOnly,
    })),
  };
}

function dialable(hostIp: string): string {
  return hostIp === '0.0.0.0' ? '127.0.0.1' : hostIp;
}
