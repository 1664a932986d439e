import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTurns } from './turns.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Work that ends when the test says so. */
function work<T>(value: T) {
  let begun = false;
  let end: (failure?: Error) => void = () => undefined;
  const ended = new Promise<T>((resolve, reject) => {
    end = (failure) => (failure === undefined ? resolve(value) : reject(failure));
  });
  const run = () => {
    begun = true;
    return ended;
  };
  return { run, end, begun: () => begun };
}

const settle = () => vi.advanceTimersByTimeAsync(0);

describe('turns', () => {
  it('must begin no work before what was given earlier has ended, and begin at once what follows nothing', async () => {
    const turns = createTurns();
    const [first, second] = [work(1), work(2)];
    const both = Promise.all([turns.take('first', first.run), turns.take('second', second.run)]);
    await settle();
    expect([first.begun(), second.begun()]).toEqual([true, false]);
    expect(turns.underWay?.name).toBe('first');
    first.end();
    await settle();
    expect(second.begun()).toBe(true);
    second.end();
    expect(await both).toEqual([1, 2]);
    expect(turns.underWay).toBeUndefined();
  });

  it('must go on after work that failed, and give its failure to who asked for it', async () => {
    const turns = createTurns();
    const bad = work(1);
    const failed = expect(turns.take('bad', bad.run)).rejects.toThrow('no');
    bad.end(new Error('no'));
    await failed;
    expect(await turns.take('good', () => 2)).toBe(2);
  });

  it('must give up on a turn that does not come in time, never begin it, and take one that does', async () => {
    const turns = createTurns(() => 7);
    const long = work(1);
    const done = turns.take('long', long.run);
    const late = work(2);
    const gaveUp = turns.takeWithin(1000, 'late', late.run);
    const inTime = turns.takeWithin(5000, 'in time', () => 3);
    await vi.advanceTimersByTimeAsync(1001);
    expect(await gaveUp).toBeUndefined();
    expect(turns.underWay).toEqual({ name: 'long', since: 7 });
    long.end();
    expect(await done).toBe(1);
    expect(await inTime).toBe(3);
    expect(late.begun()).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });
});
