import {
  type ClockPort,
  contractPath,
  err,
  type Failure,
  type FilesPort,
  ok,
  type Result,
  type RunEvent,
  type Scrubber,
} from '@plumbline/contracts';

/** Writes a run's events.jsonl: one event a line, in order. What comes while a write is under way is written with the next. */
export interface EventLog {
  emit(event: RunEvent): void;
  /** Resolves when all that was told so far is written; with the first failure, where a line was lost. */
  close(): Promise<Result<void>>;
}

/** Opens the event log of a run's folder. Events are scrubbed before they are written. */
export function createEventLog(runDir: string, files: FilesPort, clock: ClockPort, scrubber: Scrubber): EventLog {
  const path = contractPath('run', 'events', runDir);
  let waiting = '';
  let writing: Promise<void> | undefined;
  let lost: Failure | undefined;
  const write = async (): Promise<void> => {
    while (waiting !== '') {
      const lines = waiting;
      waiting = '';
      // A line that cannot be written is not worth ending a deployment for, but the run is not green without it.
      const appended = await files.append(path, lines);
      if (!appended.ok) lost ??= appended.failure;
    }
    writing = undefined;
  };
  return {
    emit(event) {
      waiting += `${JSON.stringify(scrubber.value({ at: new Date(clock.now()).toISOString(), ...event }))}\n`;
      // Not at once: what is told in the same breath goes with it.
      writing ??= Promise.resolve().then(write);
    },
    async close() {
      await writing;
      return lost === undefined ? ok(undefined) : err(lost);
    },
  };
}
