import { quantile } from './quantile.ts';
import { extrapolated, instantGrowth, type Span, slope } from './rate.ts';
import { kahanSum, variance } from './sums.ts';
import type { Window } from './value.ts';

type OverRange = (window: Window, span: Span) => number | undefined;

const last = (w: Window): number => w.values.at(-1) as number;

/** NaN gives way to any number, as in Prometheus. */
const extreme = (w: Window, better: (a: number, b: number) => boolean): number =>
  w.values.reduce((best, v) => (better(v, best) || Number.isNaN(best) ? v : best));

const pairs = (w: Window, differ: (now: number, before: number) => boolean): number =>
  w.values.reduce((count, now, n) => (n > 0 && differ(now, w.values[n - 1] as number) ? count + 1 : count), 0);

/** By the sum; where that overflows although no value is infinite, by the mean as it grows. */
function average({ values }: Window): number {
  const sum = kahanSum(values);
  if (Number.isFinite(sum) || values.some((v) => !Number.isFinite(v))) return sum / values.length;
  return values.reduce((mean, v, n) => mean + (v - mean) / (n + 1), 0);
}

/** The functions that make one sample of a series' samples in a range. */
export const overTime: Readonly<Record<string, OverRange>> = {
  rate: (w, span) => extrapolated(w, span, { counter: true, perSecond: true }),
  increase: (w, span) => extrapolated(w, span, { counter: true, perSecond: false }),
  delta: (w, span) => extrapolated(w, span, { counter: false, perSecond: false }),
  irate: (w) => instantGrowth(w, { counter: true, perSecond: true }),
  idelta: (w) => instantGrowth(w, { counter: false, perSecond: false }),
  deriv: slope,
  avg_over_time: average,
  sum_over_time: (w) => kahanSum(w.values),
  count_over_time: (w) => w.values.length,
  present_over_time: () => 1,
  last_over_time: last,
  min_over_time: (w) => extreme(w, (a, b) => a < b),
  max_over_time: (w) => extreme(w, (a, b) => a > b),
  stddev_over_time: (w) => Math.sqrt(variance(w.values)),
  stdvar_over_time: (w) => variance(w.values),
  changes: (w) => pairs(w, (now, before) => now !== before && !(Number.isNaN(now) && Number.isNaN(before))),
  resets: (w) => pairs(w, (now, before) => now < before),
};

export function quantileOverTime(q: number, window: Window): number {
  return quantile(q, window.values);
}
