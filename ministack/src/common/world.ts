import { hostname } from 'node:os';
import { join, posix } from 'node:path';
import { err, failure, ok, type Result } from '@plumbline/contracts';

/**
 * What Docker's DNS, port publishing and mounts would give a container. A stand-in dials, listens and opens files
 * through this map only, so that its configuration is byte for byte that of the real service.
 */
export interface World {
  /** The service's name in compose.yml. */
  readonly service: string;
  /** What the container's kernel would give as its host name. */
  readonly hostname: string;
  /** Environment variables of the service in compose.yml. */
  readonly environment: Readonly<Record<string, string>>;
  /** Container port -> address of this host. */
  readonly listen: Readonly<Record<string, { readonly host: string; readonly port: number }>>;
  /** `service:port` as written in configurations -> `host:port` of this host. */
  readonly hosts: Readonly<Record<string, string>>;
  /** Container directory -> absolute directory of this host. */
  readonly mounts: readonly { readonly target: string; readonly source: string; readonly read_only: boolean }[];
  /** Whether it runs in a container: names, ports and mounts are then real, and nothing is to be mapped. */
  readonly container?: true;
}

/**
 * Reads PLUMBLINE_WORLD: the map that the supervisor hands over, or `{"container": "<service>"}`, which the images of
 * the stand-ins set.
 */
export function readWorld(env: Readonly<Record<string, string | undefined>>): Result<World> {
  const text = env.PLUMBLINE_WORLD;
  if (text === undefined) {
    return err(
      failure('E_CONFIG_USAGE', 'a stand-in runs under the supervisor or in its image: PLUMBLINE_WORLD is not set'),
    );
  }
  const given = JSON.parse(text) as World | { readonly container: string };
  return ok(typeof given.container === 'string' ? containerWorld(given.container, env) : (given as World));
}

function containerWorld(service: string, env: Readonly<Record<string, string | undefined>>): World {
  const environment = Object.entries(env).flatMap(([name, value]) =>
    value === undefined || name === 'PLUMBLINE_WORLD' ? [] : [[name, value] as const],
  );
  return {
    service,
    hostname: hostname(),
    environment: Object.fromEntries(environment),
    listen: {},
    hosts: {},
    mounts: [{ target: '/', source: '/', read_only: false }],
    container: true,
  };
}

/** Where to listen for a port of the container; undefined for a port that the stack does not give to the service. */
export function listenAddress(
  world: World,
  port: string,
): { readonly host: string; readonly port: number } | undefined {
  return world.container ? { host: '0.0.0.0', port: Number(port) } : world.listen[port];
}

/** The path on this host of a path in the container, by the innermost mount that holds it. */
export function hostPath(world: World, containerPath: string): Result<string> {
  const place = hostPlace(world, containerPath);
  return place.ok ? ok(place.value.path) : place;
}

/** The path on this host of a path in the container, and the mounted directory below which it must lie. */
export function hostPlace(
  world: World,
  containerPath: string,
): Result<{ readonly path: string; readonly root: string }> {
  const path = posix.normalize(containerPath);
  const mount = world.mounts
    .filter((m) => path === m.target || path.startsWith(m.target === '/' ? '/' : `${m.target}/`))
    .sort((a, b) => b.target.length - a.target.length)[0];
  if (mount === undefined)
    return err(
      failure('E_ENV_UNREADABLE', `open ${path}: no such file or directory`, { hint: 'nothing is mounted there' }),
    );
  return ok({ path: join(mount.source, path.slice(mount.target.length)), root: mount.source });
}

/** The URL to dial on this host for a URL as the configuration writes it. */
export function dial(world: World, url: string): Result<string> {
  const parsed = new URL(url);
  if (world.container) return ok(parsed.href);
  const key = `${parsed.hostname}:${parsed.port || (parsed.protocol === 'https:' ? '443' : '80')}`;
  const host = world.hosts[key];
  if (host === undefined)
    return err(
      failure(
        'E_NETWORK_UNREACHABLE',
        `lookup ${parsed.hostname}: no such host (${key} is not on the stack's network)`,
      ),
    );
  parsed.host = host;
  return ok(parsed.href);
}
