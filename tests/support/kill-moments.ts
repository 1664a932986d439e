import type { Watched } from './kill-progress.ts';
import type { Random } from './kill-random.ts';

/** When to kill: a time after the start, or a time after something that the run has written. */
export interface Moment {
  readonly label: string;
  /** Resolves when it has come, or when what was to be killed has ended. */
  wait(run: Watched, alive: () => boolean): Promise<void>;
}

/** What is short in time is aimed at, or no number of points would hit it. */
const marks: readonly {
  readonly label: string;
  readonly changing: boolean;
  reached(run: Watched, nth: number): boolean;
}[] = [
  { label: 'its folder', changing: false, reached: (run) => run.folder() !== undefined },
  { label: 'its last event', changing: false, reached: (run) => run.events().includes('"type":"run_ended"') },
  { label: 'a line of the journal', changing: true, reached: (run, nth) => run.journal().length >= nth },
  { label: 'a line of the journal', changing: true, reached: (run, nth) => run.journal().length >= nth },
  { label: 'writing', changing: true, reached: (run) => run.journal().some((line) => line.includes('write')) },
  { label: 'flipping', changing: true, reached: (run) => run.journal().some((line) => /flip/.test(line)) },
];

const MARKED = 1 / 3;
/** As many as a run that changes one service writes. */
const LINES = 20;
const AFTER_MARK_MS = 8;
const LOOK_MS = 2;

/** A moment of a run that takes about so long; only one that is changing the host writes to the journal. */
export function chooseMoment(random: Random, durationMs: number, changing: boolean): Moment {
  if (random.next() >= MARKED) {
    const ms = Math.round(random.next() * durationMs);
    return { label: `after ${ms} ms`, wait: (_, alive) => until(() => false, alive, ms) };
  }
  const { label, reached } = random.pick(marks.filter((mark) => changing || !mark.changing));
  const nth = 1 + random.below(LINES);
  const more = random.below(AFTER_MARK_MS);
  return {
    label: `${more} ms after ${label} (${nth})`,
    async wait(run, alive) {
      await until(() => reached(run, nth), alive, durationMs * 10);
      await until(() => false, alive, more);
    },
  };
}

async function until(reached: () => boolean, alive: () => boolean, limitMs: number): Promise<void> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const left = deadline - performance.now();
    if (left <= 0 || reached() || !alive()) return;
    await new Promise((resolve) => setTimeout(resolve, Math.min(LOOK_MS, left)));
  }
}
