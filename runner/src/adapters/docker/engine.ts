import {
  type EnginePort,
  err,
  failure,
  type ImageIdentity,
  notHereOffline,
  ok,
  type Result,
  type RunningService,
} from '@plumbline/contracts';
import type { Processes } from '../process.ts';
import { isSameDirectory } from '../same-directory.ts';
import { type Container, createApi } from './api.ts';
import { belongingsOf, removeBelongings, removeContainers } from './belongings.ts';
import { createCli } from './cli.ts';
import {
  containerOf,
  foldersOf,
  hexOf,
  isOfCompose,
  isOurs,
  publishedBy,
  serviceOf,
  servicesOf,
  standsFor,
  straysOf,
} from './containers.ts';
import { daemonEndpoint } from './endpoint.ts';
import { createIdentities } from './identity.ts';
import { hashesInside } from './inside.ts';
import { readMounted } from './mounted.ts';
import { probeRuntime, sharesHost } from './probe.ts';
import { readBack } from './read-back.ts';
import { freeEndpoint, type StaleEndpoint, staleEndpoint } from './stale-endpoint.ts';
import { withoutSecrets } from './without-secrets.ts';

/** What the adapter is given besides Docker itself. */
export interface DockerWorld {
  readonly project: string;
  readonly deployRoot: string;
  /** Whether no registry is ever asked. */
  readonly offline?: boolean;
  readonly processes: Pick<Processes, 'run'>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The descriptor of the deploy lock, once this run holds it. */
  heldLock(): number | undefined;
}

/**
 * Runs the services as containers: compose brings them up and takes them down, the Engine API tells what is there. One
 * change is made at a time, and whoever asks what is there waits for the one that is under way.
 */
export function createDockerEngine(world: DockerWorld): EnginePort {
  const { project, deployRoot, offline = false, processes, env, heldLock } = world;
  const docker = createCli(processes, env, heldLock);
  const api = createApi(() => daemonEndpoint(env, docker));
  const identify = createIdentities(api);
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(act: () => Promise<T>): Promise<T> => {
    const mine = turn.then(act);
    turn = mine.catch(() => undefined);
    return mine;
  };
  const onThisHost = async (): Promise<Result<boolean>> => {
    const where = await daemonEndpoint(env, docker);
    if (!where.ok || !where.value.local) return where.ok ? ok(false) : where;
    const info = await api.info();
    return info.ok ? ok(sharesHost(where.value, info.value)) : info;
  };
  // What else bears the name of the project is somebody else's.
  const own = async (): Promise<Result<readonly Container[]>> => {
    const all = await api.containers(project);
    return all.ok ? ok(all.value.filter((container) => standsFor(container, project))) : all;
  };
  const containers = async () => {
    await turn;
    return own();
  };
  const services = async (all: readonly Container[]): Promise<Result<readonly RunningService[]>> => {
    const images = new Map<string, ImageIdentity>();
    for (const { Id, Image, Config } of all) {
      const identity = await identify(Image, Config.Image);
      if (!identity.ok) return identity;
      if (identity.value !== undefined) images.set(Id, identity.value);
    }
    return ok(servicesOf(all, images));
  };
  const find = async (service: string): Promise<Result<RunningService | undefined>> => {
    const all = await own();
    const found = all.ok ? await services(all.value) : all;
    return found.ok ? ok(found.value.find((one) => one.service === service)) : found;
  };
  // What took the service's place by hand has its name, and compose would leave it there and fail on that.
  const clear = async (service: string): Promise<Result<void>> => {
    const all = await own();
    if (!all.ok) return all;
    const inTheWay = all.value.filter((container) => serviceOf(container) === service && !isOfCompose(container));
    return removeContainers(
      inTheWay.map(({ Id }) => Id),
      docker,
    );
  };
  const free = async (stale: StaleEndpoint): Promise<Result<void>> => {
    const all = await own();
    return all.ok ? freeEndpoint(stale, all.value, project, docker) : all;
  };
  return {
    name: 'docker',
    tools: ['docker'],
    async program(_service, image) {
      const found = await identify(image);
      return found.ok ? ok(found.value && hexOf(found.value.configDigest)) : found;
    },
    async observe() {
      const all = await containers();
      return all.ok ? services(all.value) : all;
    },
    async lastWords(service, lines) {
      const all = await containers();
      if (!all.ok) return all;
      const found = servicesOf(all.value, NO_IMAGES).find((one) => one.service === service);
      return found === undefined ? ok([]) : api.logs(found.instance, lines);
    },
    async evidence(service, lines) {
      const all = await containers();
      if (!all.ok) return all;
      const container = containerOf(service, all.value);
      if (container === undefined) return ok(undefined);
      const log = await api.logs(container.Id, lines);
      return log.ok ? ok({ log: log.value, state: withoutSecrets(container) }) : log;
    },
    up: (service, composeFile, variables) =>
      inTurn(async () => {
        const cleared = await clear(service);
        if (!cleared.ok) return cleared;
        const start = () =>
          docker([
            ...compose(project, deployRoot, composeFile, variables),
            ...['up', '--detach', '--no-deps', '--no-build', '--pull', 'never', '--force-recreate', service],
          ]);
        const first = await start();
        const stale = first.ok ? undefined : staleEndpoint(first.failure, project);
        const up = stale !== undefined && (await free(stale)).ok ? await start() : first;
        if (!up.ok) return up;
        const found = await find(service);
        if (!found.ok) return found;
        if (found.value !== undefined) return ok(found.value);
        return err(
          failure(
            'E_RUNTIME_COMPOSE_FAILED',
            `compose says that it started ${service}, and there is no such container`,
          ),
        );
      }),
    stop: (service) =>
      inTurn(async () => {
        const all = await own();
        if (!all.ok) return all;
        const ours = all.value.filter((one) => serviceOf(one) === service && isOurs(one, project));
        const ids = ours.map(({ Id }) => Id);
        return removeContainers(ids, docker);
      }),
    down: ({ volumes }) =>
      inTurn(async () => {
        const there = await belongingsOf({ project, deployRoot }, api);
        return there.ok ? removeBelongings(there.value, volumes, docker) : there;
      }),
    async belongings() {
      await turn;
      return belongingsOf({ project, deployRoot }, api);
    },
    async publishers() {
      const running = await api.running();
      return running.ok ? ok(running.value.flatMap((one) => publishedBy(one, project))) : running;
    },
    async daemon() {
      const version = await api.version();
      if (!version.ok) return version;
      const compose = await docker(['compose', 'version', '--short']);
      if (!compose.ok) return compose;
      return ok(`Docker ${version.value.Version} (API ${version.value.ApiVersion}), compose ${compose.value.trim()}`);
    },
    async isRemote() {
      const where = await onThisHost();
      return where.ok ? ok(!where.value) : where;
    },
    readBack: (path, image) => inTurn(() => readBack(path, image, { project, deployRoot }, docker)),
    probe: () => probeRuntime(api, docker, () => daemonEndpoint(env, docker)),
    async roots() {
      await turn;
      const all = await api.containers(project);
      if (!all.ok) return all;
      return ok(foldersOf(all.value).map((folder) => (isSameDirectory(folder, deployRoot) ? deployRoot : folder)));
    },
    async image(name) {
      const found = await api.image(name);
      if (!found.ok) return found;
      if (found.value !== undefined) return ok('here');
      if (offline) return ok('missing');
      const pullable = await api.isPullable(name);
      return pullable.ok ? ok(pullable.value ? 'pullable' : 'missing') : pullable;
    },
    identity: (image) => identify(image),
    // Not in turn: it changes no container, can take long, and a rollback is not to wait for it.
    async pull(image, signal) {
      if (offline) return err(notHereOffline(image));
      const pulled = await docker(['pull', '--quiet', image], signal);
      return pulled.ok ? ok(undefined) : pulled;
    },
    async find(image, digests) {
      for (const digest of digests) {
        const there = await api.image(digest);
        if (!there.ok) return there;
        const found = there.value === undefined ? ok(undefined) : await identify(there.value.Id, image);
        if (!found.ok) return found;
        if (there.value !== undefined && found.value !== undefined)
          return ok({ id: there.value.Id, identity: found.value });
      }
      return ok(undefined);
    },
    async retag(image, id) {
      const tagged = await docker(['tag', id, image]);
      return tagged.ok ? ok(undefined) : tagged;
    },
    async strays() {
      const all = await containers();
      return all.ok ? ok(straysOf(all.value)) : all;
    },
    removeStray: (id) =>
      inTurn(async () => {
        // Without --force: what has been started meanwhile is no stray, and docker refuses to remove it.
        const removed = await docker(['rm', id]);
        return removed.ok ? ok(undefined) : removed;
      }),
    async mounted(service, paths) {
      const where = await onThisHost();
      if (!where.ok) return where;
      if (!where.value) return err(failure('E_ENV_UNREADABLE', 'the Docker daemon is on another host'));
      const all = await containers();
      if (!all.ok) return all;
      const container = all.value.find((one) => serviceOf(one) === service && one.State.Running);
      if (container === undefined) return err(failure('E_PROOF_PATH_DOWN', `${service} does not run`));
      const read = paths.map(async (path) => [path, await readMounted(container.State.Pid, path)] as const);
      return ok(new Map(await Promise.all(read)));
    },
    async hashesInside(service, paths) {
      const all = await containers();
      if (!all.ok) return all;
      const container = all.value.find((one) => serviceOf(one) === service && one.State.Running);
      if (container === undefined) return err(failure('E_PROOF_PATH_DOWN', `${service} does not run`));
      return hashesInside(container.Id, paths, docker);
    },
    async volumes() {
      const there = await api.volumes(project);
      return there.ok ? ok(there.value.map(({ volume }) => volume).sort()) : there;
    },
  };
}

const NO_IMAGES: ReadonlyMap<string, ImageIdentity> = new Map();

/** Compose for a deployed file. Its own `.env` is never read: what a file is filled in with is kept beside it. */
function compose(project: string, deployRoot: string, file: string, variables = '/dev/null'): readonly string[] {
  return [
    ...['compose', '--project-name', project, '--project-directory', deployRoot, '--file', file],
    ...['--env-file', variables, '--progress', 'plain'],
  ];
}
