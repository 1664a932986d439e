import type { Stack } from './generated/types.ts';
import type { Result } from './result.ts';

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
  /**
   * Whether its daemon is reached over a network, or from within a container or a virtual machine: its folders need not
   * be those of this host. Not there without a daemon.
   */
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
  /** Gets an image from its registry; `signal` ends it: E_ENV_INTERRUPTED. Not there on an engine that needs no images. */
  pull?(image: string, signal?: AbortSignal): Promise<Result<void>>;
  /**
   * An image of this host by the first of these digests that names one, whatever its tags; undefined where none does.
   * `image` is the name that it once had. Not there on an engine that needs no images.
   */
  find?(
    image: string,
    digests: readonly string[],
  ): Promise<Result<{ readonly id: string; readonly identity: ImageIdentity } | undefined>>;
  /** Gives a name to the image of that id, whatever it named before. Not there on an engine that needs no images. */
  retag?(image: string, id: string): Promise<Result<void>>;
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
