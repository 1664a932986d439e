import type { Random } from './kill-random.ts';
import { changed, firstWish, type Part, parts, same, type Wish } from './kill-wish.ts';

/** What a run that is to be killed changes. */
export type Change = 'one service' | 'two services' | 'compose' | 'everything' | 'back' | 'nothing' | 'first' | 'down';

/** Dealt in a random order, again and again. */
const deck: readonly Change[] = [
  'one service',
  'one service',
  'two services',
  'compose',
  'everything',
  'back',
  'back',
  'nothing',
  'first',
  'down',
];

export function dealer(random: Random): () => Change {
  let left: Change[] = [];
  return () => {
    if (left.length === 0) left = [...random.shuffle(deck)];
    return left.pop() as Change;
  };
}

/** What is wished for when a change is made to what stands. */
export function wishFor(change: Change, now: Wish, random: Random): Wish {
  const some = (n: number) => random.shuffle(parts.filter((part) => part !== 'compose')).slice(0, n);
  const which: Readonly<Partial<Record<Change, readonly Part[]>>> = {
    'one service': some(1),
    'two services': some(2),
    compose: ['compose'],
    everything: parts,
  };
  if (change === 'back') return same(now, firstWish) ? changed(now, some(1), random) : firstWish;
  return changed(now, which[change] ?? [], random);
}
