import type { BinaryOp, MetricQuery } from '@plumbline/formats/logql';
import { labelText } from '../labels.ts';
import type { Outcome, Series } from './outcome.ts';

type Binary = Extract<MetricQuery, { kind: 'binary' }>;

/** Joins the two sides of an operation: series with series of the same labels, or every series with the one number. */
export function combine({ op, bool }: Binary, left: Outcome, right: Outcome): Outcome {
  if (left.kind === 'scalar' && right.kind === 'scalar') {
    return { kind: 'scalar', values: left.values.map((l, i) => truth(calculate(op, l, right.values[i] ?? 0))) };
  }
  if (left.kind === 'vector' && right.kind === 'vector') {
    const byText = new Map(right.series.map((s) => [labelText(s.labels), s]));
    return vector(left.series, (series, l, i) => {
      const r = byText.get(labelText(series.labels))?.values[i];
      return r === undefined ? undefined : keep(bool, l, calculate(op, l, r));
    });
  }
  if (left.kind === 'vector' && right.kind === 'scalar') {
    return vector(left.series, (_, l, i) => keep(bool, l, calculate(op, l, right.values[i] ?? 0)));
  }
  if (left.kind === 'scalar' && right.kind === 'vector') {
    return vector(right.series, (_, r, i) => keep(bool, r, calculate(op, left.values[i] ?? 0, r)));
  }
  return left;
}

function vector(series: readonly Series[], value: (s: Series, v: number, i: number) => number | undefined): Outcome {
  const out = series.map((s) => ({
    labels: s.labels,
    values: s.values.map((v, i) => (v === undefined ? undefined : value(s, v, i))),
  }));
  return { kind: 'vector', series: out.filter((s) => s.values.some((v) => v !== undefined)) };
}

/** A comparison lets the series' own value through, or with `bool` says 0 or 1. */
function keep(bool: boolean, own: number, result: number | boolean): number | undefined {
  if (typeof result === 'number') return result;
  if (bool) return truth(result);
  return result ? own : undefined;
}

function truth(value: number | boolean): number {
  return typeof value === 'number' ? value : value ? 1 : 0;
}

function calculate(op: BinaryOp, l: number, r: number): number | boolean {
  switch (op) {
    case '+':
      return l + r;
    case '-':
      return l - r;
    case '*':
      return l * r;
    case '/':
      return l / r;
    case '%':
      return l % r;
    case '^':
      return l ** r;
    case '==':
      return l === r;
    case '!=':
      return l !== r;
    case '>':
      return l > r;
    case '>=':
      return l >= r;
    case '<':
      return l < r;
    case '<=':
      return l <= r;
  }
}
