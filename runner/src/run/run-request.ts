import type {
  ClockPort,
  FilesPort,
  Mode,
  Ports,
  Result,
  RunEvent,
  RunMeta,
  RunStatus,
  Scrubber,
  Step,
} from '@plumbline/contracts';
import type { Processes } from '../adapters/process.ts';
import type { LoadedEnvironment } from '../environment/load.ts';
import type { Graph } from '../graph/graph-types.ts';

/** One run as it was asked for. */
export interface RunRequest {
  readonly runId: string;
  readonly graph: Graph;
  readonly steps: Readonly<Record<string, Step>>;
  readonly loaded: LoadedEnvironment;
  readonly mode: Mode;
  readonly dryRun: boolean;
  /** Whether `--interactive yes` was given. */
  readonly interactive?: boolean;
  readonly given: Readonly<Record<string, string>>;
  readonly fromRun: string | undefined;
  readonly concurrency: number;
  /** Starts the ready steps in an order of this seed, to show edges that are missing. */
  readonly shuffleSeed?: number;
  readonly signal: AbortSignal;
  /** Which signal ended the run, once one has. */
  endedBy(): 'SIGINT' | 'SIGTERM' | undefined;
  /** Of the checkout, where the naming of runs asks for it. */
  readonly branch?: string;
  readonly about: Pick<RunMeta, 'plumbline' | 'node' | 'user'>;
  emit(event: RunEvent): void;
  /** Is told the hash of the run's record, the head of the chain, once it is appended. */
  recorded?(head: string): void;
  next(status: RunStatus): readonly string[];
}

/** What the run reaches the world through. */
export interface RunWorld {
  readonly ports: Ports;
  readonly files: FilesPort;
  readonly clock: ClockPort;
  readonly scrubber: Scrubber;
  readonly processes: Processes;
  readonly hostEnvironment: Readonly<Record<string, string | undefined>>;
  lock(path: string, holder: string, waitS: number): Result<{ readonly fd?: number; release(): void }>;
  isFree(path: string): boolean;
}
