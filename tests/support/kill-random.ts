/** Chances that a seed decides, so that a failure can be run again. */
export interface Random {
  /** From 0 to 1, 1 excluded. */
  next(): number;
  /** A whole number from 0 to n - 1. */
  below(n: number): number;
  pick<T>(list: readonly T[]): T;
  shuffle<T>(list: readonly T[]): readonly T[];
}

/** The seed of this run: PLUMBLINE_SEED, or one of its own. */
export function chooseSeed(): number {
  const given = process.env.PLUMBLINE_SEED ?? '';
  return /^\d+$/.test(given) ? Number(given) : Math.floor(Math.random() * 2 ** 31);
}

/** Mulberry32. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n: number) => Math.floor(next() * n);
  return {
    next,
    below,
    pick: (list) => list[below(list.length)] as (typeof list)[number],
    shuffle(list) {
      const mixed = [...list];
      for (let n = mixed.length - 1; n > 0; n -= 1) {
        const other = below(n + 1);
        [mixed[n], mixed[other]] = [mixed[other] as (typeof list)[number], mixed[n] as (typeof list)[number]];
      }
      return mixed;
    },
  };
}
