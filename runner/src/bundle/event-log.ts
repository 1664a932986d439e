import { type ClockPort, contractPath, type FilesPort, type RunEvent, type Scrubber } from '@plumbline/contracts';

/** Writes a run's events.jsonl: one event a line, in order, each on disk before the next. */
export interface EventLog {
  emit(event: RunEvent): void;
  /** Resolves when everything is written. */
  close(): Promise<void>;
}

/** Opens the event log of a run's folder. Events are scrubbed before they are written. */
export function createEventLog(runDir: string, files: FilesPort, clock: ClockPort, scrubber: Scrubber): EventLog {
  const path = contractPath('run', 'events', runDir);
  let last: Promise<unknown> = Promise.resolve();
  return {
    emit(event) {
      const line = `${JSON.stringify(scrubber.value({ at: new Date(clock.now()).toISOString(), ...event }))}\n`;
      // A line that cannot be written is not worth ending a deployment for; the summary is written last and says so by its absence.
      last = last.then(() => files.append(path, line));
    },
    close: async () => void (await last),
  };
}
