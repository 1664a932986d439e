import type { Expr, Selector } from '@plumbline/formats/promql';
import { byLabels, keyOf, type Labels } from '../labels.ts';
import type { Series } from '../store/series.ts';
import type { Store } from '../store/store.ts';
import { evaluate } from './evaluate.ts';
import { type Moment, QueryFault, type Value, vectorOf } from './value.ts';

export interface EngineLimits {
  readonly lookbackMs: number;
  readonly maxSamples: number;
  readonly timeoutMs: number;
}

export const usualLimits: EngineLimits = { lookbackMs: 300_000, maxSamples: 50_000_000, timeoutMs: 10_000 };

/** A series of a range query: one point for each step that has a value. */
export interface Line {
  readonly labels: Labels;
  readonly points: (readonly [time: number, value: number])[];
}

/** Evaluates an expression at one moment. */
export function instantQuery(store: Store, expr: Expr, time: number, limits = usualLimits): Value {
  return evaluate(expr, { time, ...shared(store, limits) });
}

/** Evaluates an expression of scalars or vectors at each step. */
export function rangeQuery(
  store: Store,
  expr: Expr,
  { start, end, step }: { readonly start: number; readonly end: number; readonly step: number },
  limits = usualLimits,
): readonly Line[] {
  const common = shared(store, limits);
  const lines = new Map<string, Line>();
  for (let time = start; time <= end; time += step) {
    const value = evaluate(expr, { time, ...common });
    const samples = value.type === 'scalar' ? [{ labels: {}, value: value.value }] : vectorOf(value);
    common.spend(samples.length);
    for (const sample of samples) {
      const key = keyOf(sample.labels);
      const line = lines.get(key) ?? { labels: sample.labels, points: [] };
      line.points.push([time, sample.value]);
      lines.set(key, line);
    }
  }
  return [...lines.values()].sort((a, b) => byLabels(a.labels, b.labels));
}

function shared(store: Store, { lookbackMs, maxSamples, timeoutMs }: EngineLimits): Omit<Moment, 'time'> {
  const found = new Map<object, readonly Series[]>();
  const deadline = performance.now() + timeoutMs;
  let spent = 0;
  let checked = 0;
  return {
    lookbackMs,
    seriesOf(selector) {
      const known = found.get(selector) ?? store.select((selector as Selector).matchers);
      found.set(selector, known);
      return known;
    },
    spend(samples) {
      spent += samples;
      if (spent > maxSamples)
        throw new QueryFault('query processing would load too many samples into memory in query execution');
      if (spent - checked < 10_000) return;
      checked = spent;
      if (performance.now() > deadline) throw new QueryFault('query timed out in expression evaluation', 'timeout');
    },
  };
}
