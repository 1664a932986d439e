import { type Failure, ok, type Result } from '@plumbline/contracts';
import type { Container } from './api.ts';
import type { RunDocker } from './cli.ts';
import { isOurs, nameOf } from './containers.ts';

const SAID = /endpoint with name (\S+) already exists in network (\S+)/;

/** What a daemon takes for a container of a network, where there is none any more. */
export interface StaleEndpoint {
  readonly container: string;
  readonly network: string;
}

/**
 * Why a container could not be started, where it is that its daemon holds the place of one that it could not start for
 * good, as where its disk was full (docker/cli#1891), in a network of this project. Pure.
 */
export function staleEndpoint({ message, evidence }: Failure, project: string): StaleEndpoint | undefined {
  const said = Array.isArray(evidence?.said) ? evidence.said.join('\n') : '';
  const [, container = '', network = ''] = SAID.exec(`${message}\n${said}`) ?? [];
  return container.startsWith(`${project}-`) && network.startsWith(`${project}_`) ? { container, network } : undefined;
}

/** Frees the place. What runs under the name is left; what does not goes, as a network lets go only of what is gone. */
export async function freeEndpoint(
  { container, network }: StaleEndpoint,
  all: readonly Container[],
  project: string,
  docker: RunDocker,
): Promise<Result<void>> {
  const named = all.filter((one) => nameOf(one) === container);
  if (named.some((one) => one.State.Running || !isOurs(one, project))) return ok(undefined);
  for (const { Id } of named) {
    const removed = await docker(['rm', '--force', Id]);
    if (!removed.ok) return removed;
  }
  const freed = await docker(['network', 'disconnect', '--force', network, container]);
  return freed.ok ? ok(undefined) : freed;
}
