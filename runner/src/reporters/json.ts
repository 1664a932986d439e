import type { ClockPort, Emit } from '@plumbline/contracts';

/** One event a line, as events.jsonl has them. */
export function jsonReporter(write: (line: string) => void, clock: Pick<ClockPort, 'now'>): Emit {
  return (event) => write(JSON.stringify({ at: new Date(clock.now()).toISOString(), ...event }));
}
