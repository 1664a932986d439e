/**
 * What the embedded engine's adapter and the supervisor say to each other over HTTP on loopback. The adapter keeps its
 * own reading of these shapes (it starts this program by path and imports nothing of it), so a change here that is not
 * made there shows as E_RUNTIME_SUPERVISOR.
 *
 *   GET    /v1/state            -> State, or 503 Busy
 *   PUT    /v1/services/<name>  ServiceSpec -> ServiceState, or 400 {message}, or 409 {taken: {host, port}}
 *   DELETE /v1/services/<name>  -> 204
 *   POST   /v1/shutdown         -> 204, then the supervisor ends
 *
 * Requests are done one after the other, in the order in which they come, so a state never shows half of a change: a
 * service is as it was, as it is to be, or down. A request whose asker is gone before its turn comes is not done; one
 * that has begun is brought to its end. Once a shutdown was asked for, everything but that is 409 {closing: true}.
 *
 * Every request carries `Authorization: Bearer <token>`; the token stands in supervisor.json, which only its owner reads.
 */
export interface ServiceSpec {
  /** The compose project that it is a service of. */
  readonly project: string;
  readonly image: string;
  /** Absolute path of the stand-in's program. */
  readonly program: string;
  readonly args: readonly string[];
  /** Handed over as PLUMBLINE_WORLD. */
  readonly world: unknown;
  /** Addresses that must be free before it starts. */
  readonly listen: readonly { readonly host: string; readonly port: number }[];
  readonly serviceHash: string;
  /** The version of its secrets; empty where it has none. */
  readonly secrets: string;
  readonly programSha256: string;
  readonly address: string;
  readonly restart: boolean;
  /** Milliseconds between SIGTERM and SIGKILL; ten seconds where it says none. */
  readonly graceMs?: number;
  readonly logFile: string;
}

export interface ServiceState {
  readonly service: string;
  readonly state: 'running' | 'exited';
  readonly project: string;
  readonly image: string;
  readonly serviceHash: string;
  /** The version of its secrets; empty where it has none. */
  readonly secrets: string;
  readonly programSha256: string;
  readonly address: string;
  readonly logFile: string;
  /** Process id and start time; changes with every start. */
  readonly instance: string;
  readonly startedAt: string;
  readonly restarts: number;
  /** Exit code or signal of the last end; null while the first process runs. */
  readonly lastExit: string | null;
  /** ISO 8601, UTC: when it is started again. Only while it waits for that. */
  readonly nextStartAt?: string;
}

export interface State {
  readonly build: string;
  readonly pid: number;
  readonly services: readonly ServiceState[];
}

/** A change that took so long that the state could not be told. */
export interface Busy {
  readonly busy: { readonly operation: string /** ISO 8601, UTC. */; readonly since: string };
}

/** supervisor.json: how to reach a supervisor, and whose services it runs. */
export interface Announcement {
  readonly port: number;
  readonly token: string;
  readonly pid: number;
  readonly build: string;
  /** The compose projects of its services. A project is named before its first service is started. */
  readonly projects: readonly string[];
}
