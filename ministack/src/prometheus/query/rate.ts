import type { Window } from './value.ts';

/** The bounds of the range that a window was cut by, in milliseconds. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * The growth over the range, extrapolated from the first and last sample to its ends as Prometheus does: not further than
 * about one interval between samples, and for a counter not to before it was zero.
 */
export function extrapolated(
  { times, values }: Window,
  { start, end }: Span,
  { counter, perSecond }: { readonly counter: boolean; readonly perSecond: boolean },
): number | undefined {
  const last = times.length - 1;
  if (last < 1) return undefined;
  const [first, final] = [values[0] as number, values[last] as number];
  let growth = final - first;
  if (counter) {
    for (let n = 1; n <= last; n += 1) {
      if ((values[n] as number) < (values[n - 1] as number)) growth += values[n - 1] as number;
    }
  }
  let toStart = ((times[0] as number) - start) / 1000;
  const toEnd = (end - (times[last] as number)) / 1000;
  const sampled = ((times[last] as number) - (times[0] as number)) / 1000;
  const between = sampled / last;
  if (counter && growth > 0 && first >= 0) toStart = Math.min(toStart, sampled * (first / growth));
  const near = between * 1.1;
  const reach = sampled + (toStart < near ? toStart : between / 2) + (toEnd < near ? toEnd : between / 2);
  const factor = reach / sampled / (perSecond ? (end - start) / 1000 : 1);
  return growth * factor;
}

/** The growth between the last two samples. */
export function instantGrowth(
  { times, values }: Window,
  { counter, perSecond }: { readonly counter: boolean; readonly perSecond: boolean },
): number | undefined {
  const last = times.length - 1;
  if (last < 1) return undefined;
  const [before, final] = [values[last - 1] as number, values[last] as number];
  const growth = counter && final < before ? final : final - before;
  const seconds = ((times[last] as number) - (times[last - 1] as number)) / 1000;
  if (seconds === 0) return undefined;
  return perSecond ? growth / seconds : growth;
}

/** The slope of the line through the samples, per second. */
export function slope({ times, values }: Window): number | undefined {
  if (times.length < 2) return undefined;
  const origin = times[0] as number;
  if (values.every((v) => v === values[0])) return Number.isFinite(values[0]) ? 0 : Number.NaN;
  let [n, sumX, sumY, sumXY, sumX2] = [0, 0, 0, 0, 0];
  for (const [index, y] of values.entries()) {
    const x = ((times[index] as number) - origin) / 1000;
    n += 1;
    sumX += x;
    sumY += y;
    sumXY += x * y;
    sumX2 += x * x;
  }
  return (sumXY - (sumX * sumY) / n) / (sumX2 - (sumX * sumX) / n);
}
