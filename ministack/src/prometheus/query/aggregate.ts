import { type Expr, formatPlainNumber } from '@plumbline/formats/promql';
import { keyOf, type Labels, labelsOf, onlyThose, without } from '../labels.ts';
import { quantile } from './quantile.ts';
import { variance } from './sums.ts';
import { QueryFault, type Sample, scalarOf, textOf, type Value } from './value.ts';

type Aggregate = Extract<Expr, { kind: 'aggregate' }>;

interface Group {
  readonly labels: Labels;
  readonly members: Sample[];
}

/** One sample a group; the ranking ones keep some of the group's own. */
export function evaluateAggregate(
  { op, grouping }: Aggregate,
  samples: readonly Sample[],
  param: Value | undefined,
): readonly Sample[] {
  const groups = groupsOf(samples, grouping);
  switch (op) {
    case 'topk':
    case 'bottomk': {
      const k = wholeNumber(param);
      return k < 1 ? [] : groups.flatMap(({ members }) => ranked(members, k, op === 'topk'));
    }
    case 'quantile': {
      const q = param === undefined ? Number.NaN : scalarOf(param);
      return groups.map(({ labels, members }) => ({
        labels,
        value: quantile(
          q,
          members.map((m) => m.value),
        ),
      }));
    }
    case 'count_values':
      return groups.flatMap((group) => counted(group, param === undefined ? '' : textOf(param)));
    default: {
      const combine = combiners[op];
      return groups.map(({ labels, members }) => ({ labels, value: combine(members.map((m) => m.value)) }));
    }
  }
}

const combiners = {
  sum: (values: readonly number[]) => values.reduce((a, b) => a + b),
  avg: mean,
  min: (values: readonly number[]) => values.reduce((a, b) => (a > b || Number.isNaN(a) ? b : a)),
  max: (values: readonly number[]) => values.reduce((a, b) => (a < b || Number.isNaN(a) ? b : a)),
  count: (values: readonly number[]) => values.length,
  group: () => 1,
  stddev: (values: readonly number[]) => Math.sqrt(variance(values)),
  stdvar: variance,
};

/** The mean as it grows, which does not overflow where the sum would. */
function mean(values: readonly number[]): number {
  return values.reduce((average, value, n) => {
    if (n === 0 || (!Number.isFinite(average) && average === value)) return value;
    if (!Number.isFinite(average) && Number.isFinite(value)) return average;
    return average + (value / (n + 1) - average / (n + 1));
  }, 0);
}

function groupsOf(samples: readonly Sample[], { without: drop, labels }: Aggregate['grouping']): readonly Group[] {
  const names = new Set(labels);
  const groups = new Map<string, Group>();
  for (const sample of samples) {
    const own = drop ? without(sample.labels, names) : onlyThose(sample.labels, names);
    const key = keyOf(own);
    const group = groups.get(key) ?? { labels: own, members: [] };
    group.members.push(sample);
    groups.set(key, group);
  }
  return [...groups.values()];
}

function ranked(members: readonly Sample[], k: number, highest: boolean): readonly Sample[] {
  const order = (a: Sample, b: Sample) => {
    if (Number.isNaN(a.value)) return 1;
    if (Number.isNaN(b.value)) return -1;
    return highest ? b.value - a.value : a.value - b.value;
  };
  return [...members]
    .sort(order)
    .slice(0, k)
    .map(({ labels, value }) => ({ labels, value }));
}

function counted({ labels, members }: Group, name: string): readonly Sample[] {
  if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)) throw new QueryFault(`invalid label name ${JSON.stringify(name)}`);
  const counts = new Map<string, number>();
  for (const { value } of members) {
    const text = formatPlainNumber(value);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts].map(([text, value]) => ({ labels: labelsOf(Object.entries({ ...labels, [name]: text })), value }));
}

function wholeNumber(param: Value | undefined): number {
  const k = param === undefined ? Number.NaN : scalarOf(param);
  if (Number.isNaN(k) || Math.abs(k) >= 2 ** 63) throw new QueryFault(`Scalar value ${k} overflows int64`);
  return Math.trunc(k);
}
