import type { EnginePort } from './engine-port.ts';
import type { Failure } from './failure.ts';
import type { HealthContract } from './generated/types.ts';
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

/** Something of this host that listens on a TCP port. */
export interface Listener {
  readonly host: string;
  readonly port: number;
  /** Where the host tells: the process that listens. */
  readonly process?: { readonly pid: number; readonly name: string };
}

/** Who may use a file or directory. */
export interface Access {
  /** Of the place itself: a link is not followed. */
  readonly kind: 'file' | 'directory' | 'link' | 'other';
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
