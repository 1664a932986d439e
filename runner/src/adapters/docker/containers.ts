import { type ImageIdentity, LABELS, type Publisher, type RunningService, type Stray } from '@plumbline/contracts';
import type { Container, ContainerInfo } from './api.ts';

const SERVICE = 'com.docker.compose.service';
const CONFIG_HASH = 'com.docker.compose.config-hash';
export const WORKING_DIR = 'com.docker.compose.project.working_dir';
/** What Docker says of a moment that has not come. */
const NEVER = '0001-01-01T00:00:00Z';

/**
 * The services of a project by its containers; of two of one service, the one that runs, else the newer. `images`: what
 * each was made from, by its id. Pure.
 */
export function servicesOf(
  containers: readonly Container[],
  images: ReadonlyMap<string, ImageIdentity>,
): readonly RunningService[] {
  const best = new Map<string, Container>();
  for (const container of containers) {
    const service = serviceOf(container);
    if (service === undefined || isStray(container)) continue;
    const other = best.get(service);
    if (other === undefined || rank(container) > rank(other)) best.set(service, container);
  }
  return [...best].map(([service, container]) => running(service, container, images.get(container.Id))).sort(byService);
}

/** Containers that were made and never started: what is left of a replacement that was cut off. Pure. */
export function straysOf(containers: readonly Container[]): readonly Stray[] {
  return containers
    .filter(isStray)
    .map((container) => ({
      id: container.Id,
      name: nameOf(container),
      service: serviceOf(container) ?? '',
    }))
    .sort(byService);
}

/** The folders that the containers of a project were started from. Pure. */
export function foldersOf(containers: readonly Container[]): readonly string[] {
  return [...new Set(containers.flatMap(({ Config }) => Config.Labels?.[WORKING_DIR] ?? []))].sort();
}

/** Whether compose takes a container for one that it made, and so replaces it. Pure. */
export function isOfCompose({ Config }: Container): boolean {
  return Config.Labels?.[CONFIG_HASH] !== undefined;
}

/** The container of a service that says most of it: the one that runs, else the newest. Pure. */
export function containerOf(service: string, containers: readonly Container[]): Container | undefined {
  const own = containers.filter((container) => serviceOf(container) === service);
  return own.sort((a, b) => (rank(a) > rank(b) ? -1 : 1))[0];
}

/** Whether a container was started by Plumbline, for this project. */
export function isOurs({ Config }: Container, project: string): boolean {
  return Config.Labels?.[LABELS.project] === project;
}

/** Whether a container counts for a service of a project: it is ours, or was given the name by hand that compose would give. */
export function standsFor(container: Container, project: string): boolean {
  return isOurs(container, project) || nameOf(container) === `${project}-${serviceOf(container)}-1`;
}

export function nameOf({ Name }: Container): string {
  return Name.replace(/^\//, '');
}

export function serviceOf({ Config }: Container): string | undefined {
  return Config.Labels?.[SERVICE];
}

function isStray({ State }: Container): boolean {
  return State.Status === 'created' && State.StartedAt === NEVER;
}

function rank({ State, Created }: Container): string {
  return `${State.Running ? 1 : 0} ${Created}`;
}

function byService(a: { readonly service: string }, b: { readonly service: string }): number {
  return a.service < b.service ? -1 : 1;
}

function running(
  service: string,
  { Id, Config, Image, State, RestartCount, ...rest }: Container,
  identity: ImageIdentity | undefined,
): RunningService {
  const labels = Config.Labels ?? {};
  const runs = State.Status === 'running';
  return {
    service,
    state: runs ? 'running' : 'exited',
    image: Config.Image,
    standIn: labels[LABELS.standIn] === 'true',
    programSha256: hexOf(identity?.configDigest ?? Image),
    ...(identity === undefined ? {} : { identity }),
    instance: Id,
    serviceHash: labels[LABELS.serviceHash] ?? '',
    ...(labels[LABELS.secrets] === undefined ? {} : { secrets: labels[LABELS.secrets] }),
    startedAt: new Date(State.StartedAt).toISOString(),
    address: addressOf(rest.HostConfig),
    restarts: RestartCount,
    lastExit: runs ? null : lastExit(State),
    ...(State.Status === 'restarting' ? { restarting: true } : {}),
  };
}

/** The 64 hex digits of a digest. */
export function hexOf(digest: string): string {
  return digest.replace(/^sha256:/, '');
}

function lastExit({ Status, OOMKilled, ExitCode, Error: why }: Container['State']): string {
  if (Status === 'paused') return 'it is paused';
  if (OOMKilled) return 'out of memory';
  return why === '' || why === undefined ? String(ExitCode) : `${ExitCode}: ${why}`;
}

/** The TCP ports of this host that a container publishes, as the daemon lists it (Engine API, "List containers"). */
export function publishedBy({ Id, Names, Ports, Labels }: ContainerInfo, project: string): readonly Publisher[] {
  const container = Names[0]?.replace(/^\//, '') ?? Id.slice(0, 12);
  const own = Labels[LABELS.project] === project;
  return Ports.flatMap(({ Type, IP, PublicPort }) =>
    Type === 'tcp' && PublicPort !== undefined ? [{ container, own, host: IP, port: PublicPort }] : [],
  );
}

/** host:port of the first published port, as it was asked for: also of a container that does not run. */
function addressOf({ PortBindings }: Container['HostConfig']): string {
  const bindings = Object.values(
    (PortBindings ?? {}) as Record<string, readonly { HostIp: string; HostPort: string }[]>,
  );
  const first = bindings[0]?.[0];
  return first === undefined ? '' : `${first.HostIp || '0.0.0.0'}:${first.HostPort}`;
}
