import type { ClockPort, Environment, Mode, Ports, RunEvent, Scrubber } from '@plumbline/contracts';
import type { Processes } from '../adapters/process.ts';

/** What all steps of one run share. */
export interface RunContext {
  readonly runId: string;
  readonly runDir: string;
  readonly environment: Environment;
  readonly mode: Mode;
  readonly dryRun: boolean;
  readonly interactive?: boolean;
  readonly ports: Ports;
  readonly clock: ClockPort;
  readonly scrubber: Scrubber;
  readonly processes: Processes;
  /** This process's own environment, of which a command gets what it lists. */
  readonly hostEnvironment: Readonly<Record<string, string | undefined>>;
  /** The descriptor of the deploy root's lock, where this run holds it. */
  readonly heldLock?: number;
  emit(event: RunEvent): void;
}
