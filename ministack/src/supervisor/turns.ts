/** What is under way. */
export interface Turn {
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly since: number;
}

/** One piece of work after the other, in the order in which it is given. */
export interface Turns {
  /** What is under way now. */
  readonly underWay: Turn | undefined;
  /** Resolves or rejects as the work does, once everything that was given before has ended, well or badly. */
  take<T>(name: string, work: () => Promise<T> | T): Promise<T>;
  /** As `take`; resolves with undefined, and never begins the work, where its turn does not come within a limit. */
  takeWithin<T>(limitMs: number, name: string, work: () => Promise<T> | T): Promise<T | undefined>;
}

/** Turns of which none is taken yet. */
export function createTurns(now: () => number = Date.now): Turns {
  let last: Promise<unknown> = Promise.resolve();
  let underWay: Turn | undefined;
  const turns: Turns = {
    get underWay() {
      return underWay;
    },
    take(name, work) {
      const mine = last.then(async () => {
        underWay = { name, since: now() };
        try {
          return await work();
        } finally {
          underWay = undefined;
        }
      });
      last = mine.catch(() => undefined);
      return mine;
    },
    takeWithin<T>(limitMs: number, name: string, work: () => Promise<T> | T) {
      return new Promise<T | undefined>((resolve, reject) => {
        let late = false;
        const timer = setTimeout(() => {
          late = true;
          resolve(undefined);
        }, limitMs);
        const begin = () => {
          clearTimeout(timer);
          return late ? undefined : work();
        };
        turns.take(name, begin).then(resolve, reject);
      });
    },
  };
  return turns;
}
