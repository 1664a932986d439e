import { type ClockPort, contractPath, type FilesPort, type RunEvent, type Scrubber } from '@plumbline/contracts';

/** Writes a run's events.jsonl: one event a line, in order. What comes while a write is under way is written with the next. */
export interface EventLog {
  emit(event: RunEvent): void;
  /** Resolves when everything is written. */
  close(): Promise<void>;
}

/** Opens the event log of a run's folder. Events are scrubbed before they are written. */
export function createEventLog(runDir: string, files: FilesPort, clock: ClockPort, scrubber: Scrubber): EventLog {
  const path = contractPath('run', 'events', runDir);
  let waiting = '';
  let writing: Promise<void> | undefined;
  const write = async (): Promise<void> => {
    while (waiting !== '') {
      const lines = waiting;
      waiting = '';
      // A line that cannot be written is not worth ending a deployment for; the summary is written last and says so by its absence.
      await files.append(path, lines);
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
    },
  };
}
