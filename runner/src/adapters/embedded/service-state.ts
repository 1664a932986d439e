import type { RunningService } from '@plumbline/contracts';

/** What the supervisor tells of one service: see ministack's protocol.ts. */
export interface ServiceState {
  readonly service: string;
  readonly state: 'running' | 'exited';
  readonly image: string;
  readonly serviceHash: string;
  /** Empty where it was started without; a supervisor of before versions does not tell it. */
  readonly secrets?: string;
  readonly programSha256: string;
  readonly address: string;
  readonly logFile: string;
  readonly instance: string;
  readonly startedAt: string;
  readonly restarts: number;
  readonly lastExit: string | null;
  readonly nextStartAt?: string;
}

/** The same, in the words of the port. Pure. */
export function runningService(told: ServiceState): RunningService {
  const { service, state, image, programSha256, instance, serviceHash, startedAt, address, logFile } = told;
  const { restarts, lastExit, nextStartAt, secrets = '' } = told;
  const program = { image, standIn: true, programSha256, instance, serviceHash };
  const again = nextStartAt === undefined ? {} : { nextStartAt };
  const version = secrets === '' ? {} : { secrets };
  return { service, state, ...program, ...version, startedAt, address, logFile, restarts, lastExit, ...again };
}
