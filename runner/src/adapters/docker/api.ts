import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { err, failure, ok, type Result } from '@plumbline/contracts';
import type Docker from 'dockerode';
import { registryDown } from './docker-failure.ts';
import type { DaemonEndpoint } from './endpoint.ts';

export type Container = Docker.ContainerInspectInfo;
export type ContainerInfo = Docker.ContainerInfo;
/** A volume of a compose project: as Docker calls it, and as the compose file does. */
export interface Volume {
  readonly name: string;
  readonly volume: string;
  readonly labels: Readonly<Record<string, string>>;
}
export type Image = Docker.ImageInspectInfo;

/** What the Engine API tells. Every request is a GET; nothing is asked of the daemon that changes anything. */
export interface DockerApi {
  version(): Promise<Result<Docker.DockerVersion>>;
  info(): Promise<Result<Record<string, unknown>>>;
  /** Containers of a compose project, in whatever state, each as `docker inspect` shows it. */
  containers(project: string): Promise<Result<readonly Container[]>>;
  /** Containers in whatever state that are attached to a network, or have a volume mounted. */
  users(of: { readonly network: string } | { readonly volume: string }): Promise<Result<readonly Container[]>>;
  /** What runs, of every project, as the daemon lists it. */
  running(): Promise<Result<readonly ContainerInfo[]>>;
  networks(project: string): Promise<Result<readonly Docker.NetworkInspectInfo[]>>;
  /** undefined where the daemon does not have it. */
  image(name: string): Promise<Result<Image | undefined>>;
  /** Whether the registry of an image has it; the daemon asks. E_NETWORK_UNREACHABLE where the registry does not answer. */
  isPullable(name: string): Promise<Result<boolean>>;
  /** Images as one tar archive, as of `docker save`; it is to be read to its end, or destroyed. */
  archive(names: readonly string[]): Promise<Result<Readable>>;
  /** The last lines of a container's output, oldest first. */
  logs(id: string, lines: number): Promise<Result<readonly string[]>>;
  volumes(project: string): Promise<Result<readonly Volume[]>>;
}

/** A daemon that takes longer than this to answer is not answering. */
const ANSWER_MS = 30_000;
/** A daemon that asks a registry answers when the registry does, or when it has given up waiting for it. */
const REGISTRY_MS = 120_000;
/** Some daemons put an archive together before they begin to send it. */
const ARCHIVE_MS = 10 * 60_000;
/** What a daemon answers where a registry was there and said no. */
const refused: ReadonlySet<number> = new Set([400, 401, 403, 404]);
const PROJECT = 'com.docker.compose.project';
const VOLUME = 'com.docker.compose.volume';

/** The API of a daemon (docs.docker.com/reference/api/engine). Nothing is loaded or connected before the first question. */
export function createApi(endpoint: () => Promise<Result<DaemonEndpoint>>): DockerApi {
  let opened: Promise<Result<Docker>> | undefined;
  const open = () => {
    opened ??= connect(endpoint, ANSWER_MS);
    return opened;
  };
  const ask = async <T>(question: (docker: Docker) => Promise<T>, connected = open()): Promise<Result<T>> => {
    const docker = await connected;
    if (!docker.ok) return docker;
    try {
      return ok(await question(docker.value));
    } catch (thrown) {
      return err(failureOf(thrown as ApiError));
    }
  };
  return {
    version: () => ask((docker) => docker.version()),
    info: () => ask((docker) => docker.info() as Promise<Record<string, unknown>>),
    containers: (project) => ask((docker) => inspectAll({ label: [`${PROJECT}=${project}`] }, docker)),
    running: () => ask((docker) => docker.listContainers()),
    users: (of) =>
      ask((docker) => inspectAll('network' in of ? { network: [of.network] } : { volume: [of.volume] }, docker)),
    networks: (project) => ask((docker) => docker.listNetworks({ filters: { label: [`${PROJECT}=${project}`] } })),
    image: (name) => ask((docker) => orAbsent(docker.getImage(name).inspect())),
    async isPullable(name) {
      const asked = await ask(
        async (docker) => {
          try {
            await docker.getImage(name).distribution();
            return true;
          } catch (thrown) {
            const { statusCode, message } = thrown as ApiError;
            if (statusCode === undefined) throw thrown;
            return refused.has(statusCode) ? false : message;
          }
        },
        connect(endpoint, REGISTRY_MS),
      );
      if (!asked.ok) return asked;
      return typeof asked.value === 'string' ? err(registryDown(name, asked.value)) : ok(asked.value);
    },
    archive: (names) => ask((docker) => archiveOf(docker, names), connect(endpoint, ARCHIVE_MS)),
    logs: (id, lines) =>
      ask(async (docker) => {
        const said = await orAbsent(docker.getContainer(id).logs({ stdout: true, stderr: true, tail: lines }));
        return said === undefined ? [] : linesOf(said as unknown as Buffer);
      }),
    volumes: (project) =>
      ask(async (docker) => {
        const { Volumes } = await docker.listVolumes({ filters: { label: [`${PROJECT}=${project}`] } });
        return (Volumes ?? []).flatMap(({ Name, Labels }) => {
          const volume = Labels?.[VOLUME];
          return volume === undefined ? [] : [{ name: Name, volume, labels: Labels }];
        });
      }),
  };
}

async function inspectAll(filters: Readonly<Record<string, string[]>>, docker: Docker): Promise<readonly Container[]> {
  const listed = await docker.listContainers({ all: true, filters });
  const inspected = await Promise.all(listed.map(({ Id }) => orAbsent(docker.getContainer(Id).inspect())));
  // What was removed between the list and the look is not there.
  return inspected.filter((container) => container !== undefined);
}

/** The client has a question for one image only. */
function archiveOf({ modem }: Docker, names: readonly string[]): Promise<Readable> {
  return new Promise((resolve, reject) => {
    const statusCodes = { 200: true, 404: 'no such image', 500: 'server error' };
    const options = { path: '/images/get?', method: 'GET', options: { names }, isStream: true, statusCodes };
    modem.dial(options, (cause: Error | null, stream: unknown) =>
      cause ? reject(cause) : resolve(stream as Readable),
    );
  });
}

type ApiError = Error & { readonly statusCode?: number; readonly code?: string };

async function orAbsent<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (thrown) {
    if ((thrown as ApiError).statusCode === 404) return undefined;
    throw thrown;
  }
}

async function connect(endpoint: () => Promise<Result<DaemonEndpoint>>, timeout: number): Promise<Result<Docker>> {
  const where = await endpoint();
  if (!where.ok) return where;
  const { default: Client } = await import('dockerode');
  try {
    const docker = new Client({ ...optionsOf(where.value.host), timeout });
    onlyLook(docker);
    return ok(docker);
  } catch (thrown) {
    // An address that is none, or a key that cannot be read.
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    const message = `the Docker daemon at ${where.value.host} cannot be spoken to: ${why}`;
    return err(failure('E_RUNTIME_ENGINE_UNREACHABLE', message, { hint: ENDPOINT_HINT }));
  }
}

const ENDPOINT_HINT =
  'look at DOCKER_HOST, DOCKER_CERT_PATH and the docker context: `docker version` must answer, and so must the key files be readable';

/** The one place where requests are sent: whatever would change something is a bug, and is not sent. */
function onlyLook(docker: Docker): void {
  const modem = docker.modem as { dial(options: { readonly method?: string }, callback: unknown): unknown };
  const dial = modem.dial.bind(modem);
  modem.dial = (options, callback) => {
    if (options.method !== 'GET' && options.method !== 'HEAD')
      throw new Error(`the Engine API is for looking only, and this would be a ${options.method}`);
    return dial(options, callback);
  };
}

function optionsOf(host: string): Docker.DockerOptions {
  if (host.startsWith('unix://')) return { socketPath: host.slice('unix://'.length) };
  const url = new URL(host);
  if (url.protocol === 'ssh:') {
    const agent = process.env.SSH_AUTH_SOCK;
    return {
      protocol: 'ssh',
      host: url.hostname,
      port: Number(url.port || 22),
      ...(url.username === '' ? {} : { username: url.username }),
      ...(agent === undefined ? {} : { sshOptions: { agent } }),
    };
  }
  const folder = process.env.DOCKER_CERT_PATH;
  const secure = url.protocol === 'https:' || (process.env.DOCKER_TLS_VERIFY ?? '') !== '';
  const read = (name: string) => (folder === undefined ? undefined : readFileSync(join(folder, name)));
  return {
    protocol: secure ? 'https' : 'http',
    host: url.hostname,
    port: Number(url.port || (secure ? 2376 : 2375)),
    ...(secure && folder !== undefined ? { ca: read('ca.pem'), cert: read('cert.pem'), key: read('key.pem') } : {}),
  } as Docker.DockerOptions;
}

function failureOf(thrown: ApiError) {
  const { statusCode, code } = thrown;
  const said = thrown.message.trim().split('\n')[0] ?? '';
  if (code === 'EACCES')
    return failure('E_RUNTIME_ENGINE_UNREACHABLE', `this user may not speak to the Docker daemon: ${said}`, {
      hint: 'add the user to the group docker (`sudo usermod -aG docker "$(id -un)"`), and log in again',
    });
  const what = statusCode === undefined ? 'does not answer' : `answers ${statusCode}`;
  return failure('E_RUNTIME_ENGINE_UNREACHABLE', `the Docker daemon ${what}: ${said}`);
}

const HEADER = 8;

/** Output of a container without a terminal comes in frames: a stream, three zeros, a length, the bytes (Engine API, "Attach"). */
function linesOf(framed: Buffer): readonly string[] {
  const parts: Buffer[] = [];
  for (let at = 0; at + HEADER <= framed.length; ) {
    const length = framed.readUInt32BE(at + 4);
    parts.push(framed.subarray(at + HEADER, at + HEADER + length));
    at += HEADER + length;
  }
  const text = Buffer.concat(parts).toString('utf8').trimEnd();
  return text === '' ? [] : text.split('\n');
}
