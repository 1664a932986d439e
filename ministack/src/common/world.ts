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
}

/** Reads the map that the supervisor hands over in PLUMBLINE_WORLD. */
export function readWorld(env: Readonly<Record<string, string | undefined>>): Result<World> {
  const text = env.PLUMBLINE_WORLD;
  if (text === undefined) {
    return err(failure('E_CONFIG_USAGE', 'a stand-in runs under the supervisor only: PLUMBLINE_WORLD is not set'));
  }
  return ok(JSON.parse(text) as World);
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
    .filter((m) => path === m.target || path.startsWith(`${m.target}/`))
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
