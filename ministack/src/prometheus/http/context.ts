import type { Args } from '../args.ts';
import type { Running } from '../running.ts';
import type { Store } from '../store/store.ts';

/** What the handlers of one running stand-in share. */
export interface Context {
  readonly args: Args;
  readonly running: Running;
  readonly store: Store;
  readonly startedMs: number;
  /** Requests answered, by handler and status. */
  readonly answered: Map<string, number>;
}
