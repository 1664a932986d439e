import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { err, failure, ok, type Result } from '@plumbline/contracts';
import type { RunDocker } from './cli.ts';

/** Where a Docker daemon listens. */
export interface DaemonEndpoint {
  /** As in DOCKER_HOST: `unix:///var/run/docker.sock`, `tcp://host:2376`, `ssh://user@host`. */
  readonly host: string;
  /** Whether it is reached through a socket of this host, so that its containers can be processes of this host. */
  readonly local: boolean;
}

type Variables = Readonly<Record<string, string | undefined>>;

const DEFAULT_HOST = 'unix:///var/run/docker.sock';

/**
 * The daemon that the docker command line would speak to: DOCKER_HOST, else the context that DOCKER_CONTEXT or its own
 * configuration names, else the local socket (docs.docker.com, "Docker contexts"). Docker is asked what a context means.
 */
export async function daemonEndpoint(env: Variables, docker: RunDocker): Promise<Result<DaemonEndpoint>> {
  if (env.DOCKER_HOST !== undefined && env.DOCKER_HOST !== '') return ok(endpointOf(env.DOCKER_HOST));
  const context = contextName(env);
  if (context === undefined || context === 'default') return ok(endpointOf(DEFAULT_HOST));
  const said = await docker(['context', 'inspect', context, '--format', '{{.Endpoints.docker.Host}}']);
  if (!said.ok) return said;
  const host = said.value.trim();
  if (host !== '') return ok(endpointOf(host));
  return err(failure('E_RUNTIME_ENGINE_UNREACHABLE', `the docker context ${context} names no daemon`));
}

/** Docker takes what has no scheme for a TCP address. */
function endpointOf(named: string): DaemonEndpoint {
  const host = named.includes('://') ? named : `tcp://${named}`;
  return { host, local: host.startsWith('unix://') };
}

function contextName(env: Variables): string | undefined {
  if (env.DOCKER_CONTEXT !== undefined && env.DOCKER_CONTEXT !== '') return env.DOCKER_CONTEXT;
  const folder = env.DOCKER_CONFIG ?? join(env.HOME ?? homedir(), '.docker');
  try {
    const { currentContext } = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as {
      readonly currentContext?: unknown;
    };
    return typeof currentContext === 'string' && currentContext !== '' ? currentContext : undefined;
  } catch {
    // Without a readable configuration docker itself takes the local socket.
    return undefined;
  }
}
