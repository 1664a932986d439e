import { type ClockPort, isoTime, type StepEvent } from '@plumbline/contracts';

/** Limits of a wait. */
export interface UntilOptions<T> {
  readonly clock: ClockPort;
  readonly signal: AbortSignal;
  /** What is waited for, in words. */
  readonly text: string;
  readonly limitMs: number;
  readonly everyMs: number;
  /** Whether asking again could change the answer. */
  readonly unfinished: (seen: T) => boolean;
  emit(event: StepEvent): void;
}

/** A look, and how often it was taken. */
export interface Looked<T> {
  readonly seen: T;
  readonly looks: number;
}

/** Looks again until nothing is unfinished or the time is up: a service that has just started is not wrong yet. */
export async function lookUntil<T>(look: () => Promise<T>, options: UntilOptions<T>): Promise<Looked<T>> {
  const { clock, signal, text, limitMs, everyMs, unfinished, emit } = options;
  const tries = Math.ceil(limitMs / everyMs);
  let seen = await look();
  let looks = 1;
  // Counted as well as timed: a clock that stands still must not make it wait for ever.
  for (; looks <= tries && unfinished(seen) && !signal.aborted; looks += 1) {
    if (looks === 1) emit({ type: 'waiting', text, until: isoTime(clock.now() + limitMs) });
    await clock.sleep(everyMs, signal);
    seen = await look();
  }
  return { seen, looks };
}
