import type { RangeSelector, Selector } from '@plumbline/formats/promql';
import type { Moment, Sample, Value, Window } from './value.ts';

/** The newest sample of each series, unless it is older than the look-back or the series has ended. */
export function selectInstant(selector: Selector, moment: Moment): readonly Sample[] {
  const at = moment.time - selector.offsetMs;
  const found: Sample[] = [];
  for (const series of moment.seriesOf(selector)) {
    const index = series.indexOf(at + 1) - 1;
    moment.spend(1);
    const time = index < 0 ? Number.NEGATIVE_INFINITY : (series.times[index] as number);
    if (time < at - moment.lookbackMs || index < 0 || series.isStale(index)) continue;
    found.push({ labels: series.labels, value: series.values[index] as number, time });
  }
  return found;
}

/** All samples of a span of time, both ends included. */
export function selectRange({ selector, rangeMs }: RangeSelector, moment: Moment): Value {
  const end = moment.time - selector.offsetMs;
  const start = end - rangeMs;
  const windows: Window[] = [];
  for (const series of moment.seriesOf(selector)) {
    const [from, to] = [series.indexOf(start), series.indexOf(end + 1)];
    moment.spend(to - from + 1);
    const [times, values]: [number[], number[]] = [[], []];
    for (let index = from; index < to; index += 1) {
      if (series.isStale(index)) continue;
      times.push(series.times[index] as number);
      values.push(series.values[index] as number);
    }
    if (times.length > 0) windows.push({ labels: series.labels, times, values });
  }
  return { type: 'matrix', windows, start, end };
}
