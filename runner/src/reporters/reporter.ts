import type { Emit, RunEvent } from '@plumbline/contracts';

/** Shows a run while it goes on. Watches; changes nothing. */
export interface Reporter {
  emit(event: RunEvent): void;
  /** A word to the reader that belongs to no step. */
  note(text: string): void;
  /** Leaves the terminal as the next writer needs it. */
  end(): void;
}

/** A reporter that has nothing to put away. */
export function reporter(emit: Emit, note: (text: string) => void): Reporter {
  return { emit, note, end: () => undefined };
}

/** Several reporters as one. */
export function all(reporters: readonly Reporter[]): Reporter {
  return {
    emit: (event) => {
      for (const one of reporters) one.emit(event);
    },
    note: (text) => {
      for (const one of reporters) one.note(text);
    },
    end: () => {
      for (const one of reporters) one.end();
    },
  };
}
