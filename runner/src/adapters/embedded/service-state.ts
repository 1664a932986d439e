import type { RunningService } from '@plumbline/contracts';

/** What the supervisor tells of one service: see ministack's protocol.ts. */
export interface ServiceState {
  readonly service: string;
  readonly state: 'running' | 'exited';
  readonly image: string;
  readonly serviceHash: string;
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
  const { restarts, lastExit, nextStartAt } = told;
  const program = { image, standIn: true, programSha256, instance, serviceHash };
  const again = nextStartAt === undefined ? {} : { nextStartAt };
  return { service, state, ...program, startedAt, address, logFile, restarts, lastExit, ...again };
}
