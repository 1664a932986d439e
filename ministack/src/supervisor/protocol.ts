/**
 * What the embedded engine's adapter and the supervisor say to each other over HTTP on loopback. The adapter keeps its
 * own reading of these shapes (it starts this program by path and imports nothing of it), so a change here that is not
 * made there shows as E_RUNTIME_SUPERVISOR.
 *
 *   GET    /v1/state            -> State
 *   PUT    /v1/services/<name>  ServiceSpec -> ServiceState, or 409 {taken: {host, port}}, or 409 {closing: true}
 *   DELETE /v1/services/<name>  -> 204
 *   POST   /v1/shutdown         -> 204, then the supervisor ends
 *
 * Every request carries `Authorization: Bearer <token>`; the token stands in supervisor.json, which only its owner reads.
 */
export interface ServiceSpec {
  readonly image: string;
  /** Absolute path of the stand-in's program. */
  readonly program: string;
  readonly args: readonly string[];
  /** Handed over as PLUMBLINE_WORLD. */
  readonly world: unknown;
  /** Addresses that must be free before it starts. */
  readonly listen: readonly { readonly host: string; readonly port: number }[];
  readonly serviceHash: string;
  readonly programSha256: string;
  readonly address: string;
  readonly restart: boolean;
  readonly logFile: string;
}

export interface ServiceState {
  readonly service: string;
  readonly state: 'running' | 'exited';
  readonly image: string;
  readonly serviceHash: string;
  readonly programSha256: string;
  readonly address: string;
  readonly logFile: string;
  /** Process id and start time; changes with every start. */
  readonly instance: string;
  readonly startedAt: string;
  readonly restarts: number;
  /** Exit code or signal of the last end; null while the first process runs. */
  readonly lastExit: string | null;
}

export interface State {
  readonly build: string;
  readonly pid: number;
  readonly services: readonly ServiceState[];
}
