import type { MetricQuery } from '@plumbline/formats/logql';
import { byCode, type Labels, labelText, sorted } from '../labels.ts';
import type { Store } from '../store/store.ts';
import { combine } from './binary.ts';
import type { Outcome, Series } from './outcome.ts';
import { samplesOf } from './samples.ts';

/** Works a metric query out at each of the steps (nanoseconds, in order). */
export function runMetricQuery(store: Store, query: MetricQuery, steps: readonly bigint[]): Outcome {
  switch (query.kind) {
    case 'number':
      return { kind: 'scalar', values: steps.map(() => query.value) };
    case 'vector':
      return { kind: 'vector', series: [{ labels: {}, values: steps.map(() => query.value) }] };
    case 'range':
      return { kind: 'vector', series: rangeSeries(store, query, steps) };
    case 'aggregate':
      return { kind: 'vector', series: aggregate(seriesOf(runMetricQuery(store, query.inner, steps)), query) };
    case 'top':
      return { kind: 'vector', series: top(seriesOf(runMetricQuery(store, query.inner, steps)), query, steps.length) };
    case 'binary':
      return combine(query, runMetricQuery(store, query.left, steps), runMetricQuery(store, query.right, steps));
  }
}

function seriesOf(outcome: Outcome): readonly Series[] {
  return outcome.kind === 'vector' ? outcome.series : [{ labels: {}, values: outcome.values }];
}

function rangeSeries(
  store: Store,
  query: Extract<MetricQuery, { kind: 'range' }>,
  steps: readonly bigint[],
): readonly Series[] {
  const [first, last] = [steps[0] ?? 0n, steps.at(-1) ?? 0n];
  const ofBytes = query.op === 'bytes_over_time' || query.op === 'bytes_rate';
  const perSecond = query.op === 'rate' || query.op === 'bytes_rate';
  const divisor = perSecond ? Number(query.rangeNs) / 1e9 : 1;
  const samples = samplesOf(store, query.log, { after: first - query.rangeNs, upTo: last, ofBytes });
  return samples.map(({ labels, times, sizes }) => {
    let from = 0;
    let to = 0;
    let sum = 0;
    const values = steps.map((step) => {
      for (; to < times.length && (times[to] ?? 0n) <= step; to += 1) sum += sizes[to] ?? 0;
      for (; from < to && (times[from] ?? 0n) <= step - query.rangeNs; from += 1) sum -= sizes[from] ?? 0;
      return from === to ? undefined : sum / divisor;
    });
    return { labels, values };
  });
}

function aggregate(inputs: readonly Series[], query: Extract<MetricQuery, { kind: 'aggregate' }>): readonly Series[] {
  const groups = new Map<string, { labels: Labels; members: Series[] }>();
  for (const input of inputs) {
    const labels = sorted(groupLabels(input.labels, query.grouping));
    const text = labelText(labels);
    const group = groups.get(text) ?? { labels, members: [] };
    group.members.push(input);
    groups.set(text, group);
  }
  return [...groups]
    .sort(([a], [b]) => byCode(a, b))
    .map(([, { labels, members }]) => ({
      labels,
      values: (members[0]?.values ?? []).map((_, i) => {
        const present = members.map((m) => m.values[i]).filter((v) => v !== undefined);
        return present.length === 0 ? undefined : fold(query.op, present);
      }),
    }));
}

function groupLabels(
  labels: Labels,
  grouping: { readonly without: boolean; readonly labels: readonly string[] } | undefined,
): Labels {
  if (grouping === undefined) return {};
  return Object.fromEntries(
    Object.entries(labels).filter(([name]) => grouping.labels.includes(name) !== grouping.without),
  );
}

function fold(op: 'sum' | 'min' | 'max' | 'avg' | 'count', values: readonly number[]): number {
  if (op === 'count') return values.length;
  if (op === 'min') return values.reduce((a, b) => Math.min(a, b));
  if (op === 'max') return values.reduce((a, b) => Math.max(a, b));
  const sum = values.reduce((a, b) => a + b, 0);
  return op === 'sum' ? sum : sum / values.length;
}

function top(
  inputs: readonly Series[],
  { op, k }: Extract<MetricQuery, { kind: 'top' }>,
  steps: number,
): readonly Series[] {
  const kept = inputs.map(() => new Array<number | undefined>(steps).fill(undefined));
  for (let i = 0; i < steps; i += 1) {
    const ranked = inputs
      .map((series, n) => ({ n, value: series.values[i] }))
      .filter((r): r is { n: number; value: number } => r.value !== undefined)
      .sort((a, b) => (op === 'topk' ? b.value - a.value : a.value - b.value));
    for (const { n, value } of ranked.slice(0, k)) {
      const row = kept[n];
      if (row) row[i] = value;
    }
  }
  return inputs
    .map(({ labels }, n) => ({ labels, values: kept[n] ?? [] }))
    .filter(({ values }) => values.some((v) => v !== undefined));
}
