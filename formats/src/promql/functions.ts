import type { ValueType } from './ast.ts';

/** What a function takes and gives; `optional` counts the arguments at the end that may be left out. */
export interface Signature {
  readonly args: readonly ValueType[];
  readonly optional: number;
  readonly result: ValueType;
}

const of = (result: ValueType, args: readonly ValueType[], optional = 0): Signature => ({ args, optional, result });
const overRange = of('vector', ['matrix']);
const overVector = of('vector', ['vector']);

/** The functions that are implemented. */
export const functions: Readonly<Record<string, Signature>> = {
  abs: overVector,
  absent: overVector,
  absent_over_time: overRange,
  avg_over_time: overRange,
  ceil: overVector,
  changes: overRange,
  clamp: of('vector', ['vector', 'scalar', 'scalar']),
  clamp_max: of('vector', ['vector', 'scalar']),
  clamp_min: of('vector', ['vector', 'scalar']),
  count_over_time: overRange,
  delta: overRange,
  deriv: overRange,
  exp: overVector,
  floor: overVector,
  histogram_quantile: of('vector', ['scalar', 'vector']),
  idelta: overRange,
  increase: overRange,
  irate: overRange,
  label_replace: of('vector', ['vector', 'string', 'string', 'string', 'string']),
  label_join: of('vector', ['vector', 'string', 'string', 'string'], -1),
  last_over_time: overRange,
  ln: overVector,
  log10: overVector,
  log2: overVector,
  max_over_time: overRange,
  min_over_time: overRange,
  present_over_time: overRange,
  quantile_over_time: of('vector', ['scalar', 'matrix']),
  rate: overRange,
  resets: overRange,
  round: of('vector', ['vector', 'scalar'], 1),
  scalar: of('scalar', ['vector']),
  sgn: overVector,
  sort: overVector,
  sort_desc: overVector,
  sqrt: overVector,
  stddev_over_time: overRange,
  stdvar_over_time: overRange,
  sum_over_time: overRange,
  time: of('scalar', []),
  timestamp: overVector,
  vector: of('vector', ['scalar']),
};

/** The words by which an error names a type. */
export const typeNames: Readonly<Record<ValueType, string>> = {
  scalar: 'scalar',
  string: 'string',
  vector: 'instant vector',
  matrix: 'range vector',
};
