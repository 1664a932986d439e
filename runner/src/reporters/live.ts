import { frame, nothingYet, type Screen, see } from './live-frame.ts';
import type { Reporter } from './reporter.ts';

/** What the live picture is drawn on. */
export interface Canvas {
  write(text: string): void;
  screen(): Screen;
  now(): number;
}

const EVERY_MS = 100;
const UP_AND_CLEAR = (lines: number) => (lines === 0 ? '' : `\u001b[${lines}A\u001b[0J`);

/** A tree of the steps that is painted over itself: what each one does, what it waits for and until when. */
export function liveReporter({ write, screen, now }: Canvas): Reporter {
  let live = nothingYet();
  let painted = 0;
  let changed = false;
  const paint = () => {
    if (live.rows.size === 0) return;
    const lines = frame(live, now(), screen());
    write(`${UP_AND_CLEAR(painted)}${lines.join('\n')}\n`);
    painted = lines.length;
    changed = false;
  };
  const timer = setInterval(paint, EVERY_MS);
  timer.unref();
  return {
    emit(event) {
      see(live, event, now());
      changed = true;
    },
    note(text) {
      write(`${UP_AND_CLEAR(painted)}${text}\n`);
      painted = 0;
      paint();
    },
    end() {
      clearInterval(timer);
      if (changed) paint();
      if (painted > 0) write('\n');
      painted = 0;
      live = nothingYet();
    },
  };
}
