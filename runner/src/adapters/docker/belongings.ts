import { type Belonging, LABELS, ok, type Result } from '@plumbline/contracts';
import { isSameDirectory } from '../same-directory.ts';
import type { Container, DockerApi } from './api.ts';
import type { RunDocker } from './cli.ts';
import { isOurs, nameOf, WORKING_DIR } from './containers.ts';

/** Whose things they are. */
interface Owner {
  readonly project: string;
  readonly deployRoot: string;
}

/** Everything that compose's label says to be of a project; what is not this deployment's says why. Changes nothing. */
export async function belongingsOf(
  owner: Owner,
  api: Pick<DockerApi, 'containers' | 'networks' | 'volumes' | 'users'>,
): Promise<Result<readonly Belonging[]>> {
  const { project } = owner;
  const containers = await api.containers(project);
  if (!containers.ok) return containers;
  const found: Belonging[] = containers.value.map((container) => {
    const foreign = foreignContainer(container, owner);
    return { kind: 'container', id: container.Id, name: nameOf(container), ...(foreign && { foreign }) };
  });
  const own = new Set(found.filter(({ foreign }) => foreign === undefined).map(({ id }) => id));
  const networks = await api.networks(project);
  if (!networks.ok) return networks;
  for (const { Id, Name, Labels } of networks.value) {
    const users = await api.users({ network: Id });
    if (!users.ok) return users;
    const foreign = foreignThing(Labels ?? {}, project, users.value, own);
    found.push({ kind: 'network', id: Id, name: Name, ...(foreign && { foreign }) });
  }
  const volumes = await api.volumes(project);
  if (!volumes.ok) return volumes;
  for (const { name, labels } of volumes.value) {
    const users = await api.users({ volume: name });
    if (!users.ok) return users;
    const foreign = foreignThing(labels, project, users.value, own);
    found.push({ kind: 'volume', id: name, name, ...(foreign && { foreign }) });
  }
  const kinds = ['container', 'network', 'volume'];
  return ok(found.sort((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind) || (a.name < b.name ? -1 : 1)));
}

function foreignContainer(container: Container, { project, deployRoot }: Owner): Belonging['foreign'] {
  if (!isOurs(container, project)) return { why: 'it does not carry the label of Plumbline' };
  const root = container.Config.Labels?.[WORKING_DIR] ?? '';
  return isSameDirectory(root, deployRoot) ? undefined : { why: `it was started from ${root}`, root };
}

/** What others use stays, though they do not run now: they could not be started again. */
function foreignThing(
  labels: Readonly<Record<string, string>>,
  project: string,
  users: readonly Container[],
  own: ReadonlySet<string>,
): Belonging['foreign'] {
  const others = users.filter(({ Id }) => !own.has(Id)).map(nameOf);
  if (labels[LABELS.project] !== project) return { why: 'it does not carry the label of Plumbline' };
  return others.length > 0 ? { why: `${others.sort().join(', ')} uses it` } : undefined;
}

/** Removes what is this deployment's, containers first; volumes only where that is asked for. Names what is gone. */
export async function removeBelongings(
  there: readonly Belonging[],
  volumes: boolean,
  docker: RunDocker,
): Promise<Result<readonly string[]>> {
  const own = there.filter(({ foreign }) => foreign === undefined);
  const of = (kind: Belonging['kind']) => own.filter((one) => one.kind === kind);
  // With it go volumes that have no name, which an image asks for.
  const stopped = await removeContainers(idsOf(of('container')), docker, volumes ? ['--volumes'] : []);
  if (!stopped.ok) return stopped;
  for (const kind of volumes ? (['network', 'volume'] as const) : (['network'] as const)) {
    const ids = idsOf(of(kind));
    const removed = ids.length === 0 ? ok('') : await docker([kind, 'rm', ...ids]);
    if (!removed.ok) return removed;
  }
  return ok(own.filter(({ kind }) => volumes || kind !== 'volume').map(({ name }) => name));
}

/** Stops containers within their own grace, and removes them. */
export async function removeContainers(
  ids: readonly string[],
  docker: RunDocker,
  options: readonly string[] = [],
): Promise<Result<void>> {
  if (ids.length === 0) return ok(undefined);
  const stopped = await docker(['stop', ...ids]);
  if (!stopped.ok) return stopped;
  const removed = await docker(['rm', ...options, ...ids]);
  return removed.ok ? ok(undefined) : removed;
}

function idsOf(things: readonly Belonging[]): readonly string[] {
  return things.map(({ id }) => id);
}
