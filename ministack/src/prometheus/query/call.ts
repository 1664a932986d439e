import type { Expr, Selector } from '@plumbline/formats/promql';
import { type Labels, labelsOf, nameLabel, withoutName } from '../labels.ts';
import { overTime, quantileOverTime } from './over-time.ts';
import { histogramQuantile } from './quantile.ts';
import { labelJoin, labelReplace } from './relabeling.ts';
import { type Moment, type Sample, scalarOf, textOf, type Value, vectorOf } from './value.ts';

type Call = Extract<Expr, { kind: 'call' }>;

const math: Readonly<Record<string, (value: number) => number>> = {
  abs: Math.abs,
  ceil: Math.ceil,
  floor: Math.floor,
  sqrt: Math.sqrt,
  exp: Math.exp,
  ln: Math.log,
  log2: Math.log2,
  log10: Math.log10,
  sgn: (value) => (value > 0 ? 1 : value < 0 ? -1 : value),
};

/** A function on the values of its arguments. */
export function evaluateCall({ name, args: written }: Call, args: readonly Value[], { time }: Moment): Value {
  const samples = (n: number) => vectorOf(args[n] as Value);
  const number = (n: number) => scalarOf(args[n] as Value);
  const vector = (made: readonly Sample[]): Value => ({ type: 'vector', samples: made });
  const mapped = (change: (value: number, sample: Sample) => number, n = 0) =>
    vector(samples(n).map((s) => ({ labels: withoutName(s.labels), value: change(s.value, s) })));
  const matrix = args.find((arg) => arg.type === 'matrix');
  const over = overTime[name];
  if (over !== undefined && matrix !== undefined) {
    const made = matrix.windows.flatMap((window) => {
      const value = over(window, matrix);
      const labels = name === 'last_over_time' ? window.labels : withoutName(window.labels);
      return value === undefined ? [] : [{ labels, value }];
    });
    return vector(made);
  }
  const simple = math[name];
  if (simple !== undefined) return mapped(simple);
  switch (name) {
    case 'time':
      return { type: 'scalar', value: time / 1000 };
    case 'vector':
      return vector([{ labels: {}, value: number(0) }]);
    case 'scalar':
      return { type: 'scalar', value: samples(0).length === 1 ? (samples(0)[0]?.value ?? Number.NaN) : Number.NaN };
    case 'timestamp':
      return mapped((_, sample) => (sample.time ?? time) / 1000);
    case 'clamp':
      if (number(1) > number(2)) return vector([]);
      return mapped((v) => Math.max(number(1), Math.min(number(2), v)));
    case 'clamp_min':
      return mapped((v) => Math.max(number(1), v));
    case 'clamp_max':
      return mapped((v) => Math.min(number(1), v));
    case 'round': {
      const inverse = 1 / (args.length > 1 ? number(1) : 1);
      return mapped((v) => Math.floor(v * inverse + 0.5) / inverse);
    }
    case 'sort':
    case 'sort_desc':
      return vector(sorted(samples(0), name === 'sort'));
    case 'absent':
      return vector(samples(0).length > 0 ? [] : [{ labels: absentLabels(written[0]), value: 1 }]);
    case 'absent_over_time':
      return vector(matrix?.windows.length ? [] : [{ labels: absentLabels(written[0]), value: 1 }]);
    case 'quantile_over_time': {
      const windows = matrix?.windows ?? [];
      return vector(windows.map((w) => ({ labels: withoutName(w.labels), value: quantileOverTime(number(0), w) })));
    }
    case 'histogram_quantile':
      return vector(histogramQuantile(number(0), samples(1)));
    case 'label_replace':
      return vector(labelReplace(samples(0), args.slice(1).map(textOf)));
    case 'label_join':
      return vector(labelJoin(samples(0), args.slice(1).map(textOf)));
    default:
      throw new Error(`the function ${name} has a signature and no meaning`);
  }
}

function sorted(samples: readonly Sample[], up: boolean): readonly Sample[] {
  return [...samples].sort((a, b) => {
    if (Number.isNaN(a.value)) return 1;
    if (Number.isNaN(b.value)) return -1;
    return up ? a.value - b.value : b.value - a.value;
  });
}

/** What a selector says of the series that is not there: its equality matchers, where a label has one only. */
function absentLabels(arg: Expr | undefined): Labels {
  let inner = arg;
  while (inner?.kind === 'paren') inner = inner.inner;
  const selector: Selector | undefined =
    inner?.kind === 'selector' ? inner : inner?.kind === 'range' ? inner.selector : undefined;
  const matchers = (selector?.matchers ?? []).filter((m) => m.name !== nameLabel);
  const once = matchers.filter((m) => matchers.filter((other) => other.name === m.name).length === 1);
  return labelsOf(once.filter((m) => m.op === '=').map((m) => [m.name, m.value] as const));
}
