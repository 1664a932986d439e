import type { Failure } from './failure.ts';
import type { HealthContract, Stack } from './generated/types.ts';
import type { Result } from './result.ts';

/** What a directory entry is. */
export interface FileStat {
  readonly kind: 'file' | 'directory' | 'other';
  /** Bytes. */
  readonly size: number;
  /** When its content was changed last, in milliseconds since 1970. */
  readonly modified?: number;
  /** Permission bits, as of `chmod`. */
  readonly mode?: number;
}

/** Files of this host. Every path is absolute; writes are temp file, fsync, rename, fsync of the directory. */
export interface FilesPort {
  read(path: string): Promise<Result<Uint8Array>>;
  readText(path: string): Promise<Result<string>>;
  /** undefined where nothing is there. */
  stat(path: string): Promise<Result<FileStat | undefined>>;
  /** Paths of the files below a directory, relative to it, with `/`, sorted; empty where there is no directory. */
  list(directory: string): Promise<Result<readonly string[]>>;
  /** Names of the directories directly in a directory, sorted; empty where there is none. */
  directories(path: string): Promise<Result<readonly string[]>>;
  /** Everything directly in a directory by its name, sorted; empty where there is none. */
  entries(path: string): Promise<Result<readonly { readonly name: string; readonly kind: FileStat['kind'] }[]>>;
  /** `uid`: whose file it is to be, where that is not this process's user. */
  write(path: string, data: string | Uint8Array, mode?: number, uid?: number): Promise<Result<void>>;
  /** Writes a whole directory of read-only files under a temporary name and renames it into place; does nothing where it exists. */
  writeDirectory(path: string, files: ReadonlyMap<string, Uint8Array>): Promise<Result<void>>;
  /** As writeDirectory, in place of what is there. */
  replaceDirectory(path: string, files: ReadonlyMap<string, Uint8Array>): Promise<Result<void>>;
  /** Takes the right to write from every file below a directory. */
  seal(path: string): Promise<Result<void>>;
  /** Removes what a write that was cut off has left: a path whose name is a temporary one, and no other. */
  discard(path: string): Promise<Result<void>>;
  /** Adds to the end of a file, and is done when that is on the disk. */
  append(path: string, text: string): Promise<Result<void>>;
  /** `uid`: whose directory it is to be, where it is made and that is not this process's user. */
  makeDirectory(path: string, mode?: number, uid?: number): Promise<Result<void>>;
  /** Points a symbolic link at a target by rename. */
  link(path: string, target: string): Promise<Result<void>>;
  /** Where a symbolic link points; undefined where there is none. */
  readLink(path: string): Promise<Result<string | undefined>>;
  remove(path: string): Promise<Result<void>>;
}

/** An HTTP answer, its body read whole within a size limit. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** How a request is made. */
export interface HttpOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Sent as HTTP basic authentication (RFC 7617). */
  readonly user?: { readonly name: string; readonly password: string };
}

/** HTTP requests to services. A failure is E_NETWORK_UNREACHABLE or E_NETWORK_BAD_ANSWER (too big, cut off). */
export interface HttpPort {
  get(url: string, options: HttpOptions): Promise<Result<HttpAnswer>>;
  /** The start of a body as it may be told: at most 200 characters, cut only after every known secret was removed. */
  excerpt(body: string): string;
  /** Changes what a service keeps: sends JSON. */
  put(url: string, body: unknown, options: HttpOptions): Promise<Result<HttpAnswer>>;
}

/** Which image an image is, whatever name it goes by (anchors.md, 4.4): digests as `sha256:` and 64 hex digits. */
export interface ImageIdentity {
  /** Of its configuration: the same on every engine, in a registry and in an archive. */
  readonly configDigest: string;
  /** Of its platform's manifest; null where the engine does not keep it. */
  readonly manifestDigest: string | null;
  /** Of what its tag named where it was pulled from; null where the engine does not know it from a registry. */
  readonly indexDigest: string | null;
  /** As linux/amd64. */
  readonly platform: string;
  /** Whether the engine runs images of that platform. */
  readonly runsHere: boolean;
}

/** A service as the engine runs it. */
export interface RunningService {
  readonly service: string;
  readonly state: 'running' | 'exited' | 'created';
  readonly image: string;
  readonly standIn: boolean;
  readonly programSha256: string;
  /** The image that it was made from. Not there on an engine that needs no images, nor where that image is gone. */
  readonly identity?: ImageIdentity;
  readonly instance: string;
  readonly serviceHash: string;
  /** The version of its secrets that it was started with; not there where its compose file names none. */
  readonly secrets?: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** host:port on this host. */
  readonly address: string;
  /** Where its output goes, on an engine that keeps it in a file; `lastWords` gives it on any. */
  readonly logFile?: string;
  /** How often it was started again after it ended by itself. */
  readonly restarts: number;
  /** Exit code or signal of its last end. */
  readonly lastExit: string | null;
  /** ISO 8601, UTC: when it is started again. Only while it waits for that, having ended by itself. */
  readonly nextStartAt?: string;
  /** That it waits for that, on an engine that does not tell when. */
  readonly restarting?: true;
}

/** What runs the services (design, "Engines"). */
export interface EnginePort {
  readonly name: string;
  /**
   * The program that a service's image stands for here: its config digest as 64 hex digits; for a stand-in, the hash of
   * its program. undefined where the image has to be pulled first.
   */
  program(service: string, image: string): Promise<Result<string | undefined>>;
  /**
   * What is running for this project; empty where nothing is. Never half of a change: one that is under way, whoever
   * began it, is waited for.
   */
  observe(): Promise<Result<readonly RunningService[]>>;
  /** The last lines that a service has said, at most that many, oldest first; none where it said nothing or is not there. */
  lastWords(service: string, lines: number): Promise<Result<readonly string[]>>;
  /** What would be lost with a service, with at most that many of its last lines; undefined where there is nothing of it. */
  evidence(service: string, lines: number): Promise<Result<ServiceEvidence | undefined>>;
  /**
   * Starts one service of the compose file as it is written there, in place of what ran under its name. `variables` is
   * the file with the values of the compose file's variables, where it has some.
   */
  up(service: string, composeFile: string, variables?: string): Promise<Result<RunningService>>;
  /** Stops one service and leaves the others alone. */
  stop(service: string): Promise<Result<void>>;
  /** Stops and removes everything that is this deployment's; volumes only where that is asked for. */
  down(options: { readonly volumes: boolean }): Promise<Result<readonly string[]>>;
  /**
   * All that carries this project's name on the engine, and what of it is not this deployment's to remove. Not there on an
   * engine that has nothing to itself but processes and the deploy root.
   */
  belongings?(): Promise<Result<readonly Belonging[]>>;
  /** Whether its daemon is reached over a network: its folders need not be those of this host. Not there without a daemon. */
  isRemote?(): Promise<Result<boolean>>;
  /**
   * The text of a file of this host as a container of that image sees it; undefined where it sees none. The container is
   * made for that, never runs, and is removed. Not there on an engine without a daemon.
   */
  readBack?(path: string, image: string): Promise<Result<string | undefined>>;
  /** Executables that it needs besides those of the steps. */
  readonly tools?: readonly string[];
  /** Whether the daemon behind it answers, and its version. Not there on an engine without a daemon. */
  daemon?(): Promise<Result<string>>;
  /** What the runtime behind it is. Not there on an engine without a daemon. */
  probe?(): Promise<RuntimeFacts>;
  /**
   * The deploy roots, absolute and sorted, from which services of a compose project run on this engine; this
   * environment's own, where it is among them, as this environment names it. Not there on an engine that cannot tell.
   */
  roots?(project: string): Promise<Result<readonly string[]>>;
  /** Where an image is to be had. Not there on an engine that needs no images. */
  image?(image: string): Promise<Result<'here' | 'pullable' | 'missing'>>;
  /** Which image a name stands for here; undefined where it stands for none. Not there on an engine that needs no images. */
  identity?(image: string): Promise<Result<ImageIdentity | undefined>>;
  /** Gets an image from its registry. Not there on an engine that needs no images. */
  pull?(image: string): Promise<Result<void>>;
  /** Who publishes ports of this host, of whatever project. Not there on an engine that has nothing to itself but processes. */
  publishers?(): Promise<Result<readonly Publisher[]>>;
  /** What a change that was cut off has left of this project's own. Not there on an engine that leaves nothing. */
  strays?(): Promise<Result<readonly Stray[]>>;
  /** Removes one stray, by its id: it must never have run. */
  removeStray?(id: string): Promise<Result<void>>;
  /**
   * Files as a running service sees them, by their paths in there; undefined for one that it does not have. A path fails
   * with E_ENV_UNREADABLE where this user may not look there, or the engine is on another host; the whole where the
   * service does not run. Not there on an engine without mounts.
   */
  mounted?(
    service: string,
    paths: readonly string[],
  ): Promise<Result<ReadonlyMap<string, Result<Uint8Array | undefined>>>>;
  /**
   * SHA-256, as hex, of files as a running service sees them, by their paths in there, told by a program of its own image
   * that is run inside it; undefined for one that it does not have. A path fails with E_ENV_UNREADABLE where the image has
   * no such program. Not there on an engine without mounts.
   */
  hashesInside?(
    service: string,
    paths: readonly string[],
  ): Promise<Result<ReadonlyMap<string, Result<string | undefined>>>>;
  /** Names of the volumes of this project that are there, sorted, as the compose file calls them. */
  volumes(): Promise<Result<readonly string[]>>;
}

/** What is known of a service before it is gone. */
export interface ServiceEvidence {
  /** Its last lines, oldest first. */
  readonly log: readonly string[];
  /** All that the engine tells of it, in the engine's words, the outcomes of its health checks included. */
  readonly state: unknown;
}

/** A container, network or volume of a project. */
export interface Belonging {
  readonly kind: 'container' | 'network' | 'volume';
  readonly id: string;
  readonly name: string;
  /** Why it is left where it is: it lacks our label, belongs to another deploy root, or is used by what is not ours. */
  readonly foreign?: { readonly why: string; readonly root?: string };
}

/** What runs the services, as it tells itself. A fact that it does not tell fails with why. */
export interface RuntimeFacts {
  /** `docker`, or the name of what speaks its API. */
  readonly engine: Result<string>;
  readonly engineVersion: Result<string>;
  readonly apiVersion: Result<string>;
  readonly composeVersion: Result<string>;
  readonly kernel: Result<string>;
  /** As images name it: amd64, arm64, arm. */
  readonly architecture: Result<string>;
  /** Of its host, in bytes. */
  readonly memory: Result<number>;
  /** Feature -> whether it is there. */
  readonly features: Readonly<Record<RuntimeFeature, Result<boolean>>>;
}

/** What a stack may need of a runtime besides versions: see `requirements` of stack.json. */
export type RuntimeFeature = NonNullable<Stack['requirements']>['features'][number];

/** A TCP port of this host that a container publishes. */
export interface Publisher {
  readonly container: string;
  /** Whether it is of this project, and Plumbline started it. */
  readonly own: boolean;
  readonly host: string;
  readonly port: number;
}

/** Something of a service that was made and never started. */
export interface Stray {
  readonly id: string;
  readonly name: string;
  readonly service: string;
}

/** Something of this host that listens on a TCP port. */
export interface Listener {
  readonly host: string;
  readonly port: number;
  /** Where the host tells: the process that listens. */
  readonly process?: { readonly pid: number; readonly name: string };
}

/** Who may use a file or directory. */
export interface Access {
  readonly kind: 'file' | 'directory' | 'other';
  /** Permission bits, as of `chmod`. */
  readonly mode: number;
  readonly uid: number;
  /** Whether this process may write it. */
  readonly writable: boolean;
}

/** A lock as it is now. */
export interface LockState {
  readonly held: boolean;
  /** What the holder wrote into it; empty where nobody holds it. */
  readonly holder: string;
}

/** What is asked of the host itself. Asking changes nothing. */
export interface HostPort {
  /** The user that this process runs as. */
  readonly uid: number;
  /** The path of an executable; undefined where there is none on the PATH. */
  which(tool: string): Promise<Result<string | undefined>>;
  listening(): Promise<Result<readonly Listener[]>>;
  /** undefined where nothing is there. */
  access(path: string): Promise<Result<Access | undefined>>;
  lock(path: string): Promise<Result<LockState>>;
  /** Bytes that this user may still write on the file system of the nearest directory that exists. */
  freeBytes(path: string): Promise<Result<number>>;
  /** Bytes of memory that can be had without swapping. */
  availableMemory(): Promise<Result<number>>;
  /** UFW as its configuration says; absent where it is not installed. */
  firewall(): Promise<Result<'active' | 'inactive' | 'absent'>>;
  /** Whether the journal survives a reboot. */
  journal(): Promise<Result<'persistent' | 'volatile'>>;
}

/** Time. */
export interface ClockPort {
  /** Milliseconds since 1970, UTC. */
  now(): number;
  /** Nanoseconds since 1970 as a decimal string. */
  nowNs(): string;
  /** Resolves after a time in milliseconds, or at once when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** A secret's file, all of it asked of one open descriptor. */
export interface SecretFile {
  readonly kind: FileStat['kind'];
  /** Permission bits, as of `chmod`. */
  readonly mode: number;
  readonly uid: number;
  /** The directory that it was opened in. */
  readonly folder: { readonly mode: number; readonly uid: number };
  /** Without the line break at its end; not there where it is no file. */
  readonly value?: string;
  /** What became of it while this run was using it: while it was read, or since it was read before. */
  readonly changed?: string;
}

/** Secrets and random values. What is made here is known to the scrubber at once. */
export interface SecretsPort {
  /** A random hex string of n bytes that is not a secret, for markers and ids. */
  random(bytes: number): string;
  /** A random value that is removed from all output from now on. */
  plant(bytes: number): string;
  /** The text without any known secret: for what is to be cut, or must hold none. */
  clean(text: string): string;
  /**
   * A secret's file as it is found when it is opened; undefined where nothing is there. What it holds is removed from
   * all output from now on. A link is not followed.
   */
  look(path: string): Promise<Result<SecretFile | undefined>>;
  /**
   * A secret from its file, without the line break at its end. What `secretIn` refuses is refused; the file is
   * this process's user's, or `uid`'s.
   */
  read(path: string, uid?: number): Promise<Result<string>>;
}

export type Endpoint = HealthContract['endpoints'][number];

/** One try of one endpoint. */
export interface HealthAttempt {
  readonly at: string;
  readonly duration_ms: number;
  readonly status?: number;
  /** The start of the body, at most 200 characters. */
  readonly body?: string;
  readonly problem?: string;
}

/** The outcome of one endpoint of the health contract. */
export interface EndpointHealth {
  readonly endpoint: Endpoint;
  readonly url: string;
  readonly healthy: boolean;
  readonly attempts: readonly HealthAttempt[];
  /** Why it is not healthy. */
  readonly failure?: Failure;
}

/** Where services listen on this host. */
export interface Listening {
  /** Service -> port. */
  readonly ports: Readonly<Record<string, number>>;
  /** Loopback unless said. */
  readonly bind_address?: string;
}

/** Waiting until the health contract holds (seed 002, P3): the only way to ask for health. */
export interface HealthPort {
  readonly endpoints: readonly Endpoint[];
  /** The same for another contract, of services that listen elsewhere: what was deployed before may differ in both. */
  under(contract: HealthContract, where: Listening): HealthPort;
  /** The URL and time limit of an API of the health contract, with the tokens of its path filled in. */
  api(name: string, tokens?: Readonly<Record<string, string>>): { readonly url: string; readonly timeoutMs: number };
  /** Tries an endpoint until it holds or its retries are used up. `tries` limits them further. */
  check(
    endpoint: Endpoint,
    options: { readonly signal: AbortSignal; readonly tries?: number },
  ): Promise<EndpointHealth>;
}

/** Everything a step may touch. */
export interface Ports {
  readonly files: FilesPort;
  readonly http: HttpPort;
  readonly engine: EnginePort;
  readonly clock: ClockPort;
  readonly secrets: SecretsPort;
  readonly health: HealthPort;
  readonly host: HostPort;
}
