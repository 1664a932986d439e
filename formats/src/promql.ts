/** PromQL as Prometheus 2.52 reads it: query text to a checked tree of ours, the same tree as canonical text, and durations. */
export type {
  AggregateOp,
  BinaryOp,
  Expr,
  Grouping,
  Matcher,
  Matching,
  MatchOp,
  RangeSelector,
  Selector,
  ValueType,
} from './promql/ast.ts';
export { formatPromDuration, parsePromDuration } from './promql/duration.ts';
export type { PromqlError } from './promql/error.ts';
export { promqlErrorText } from './promql/error.ts';
export { formatPlainNumber, formatPromNumber } from './promql/number.ts';
export { parsePromql, parsePromSelector } from './promql/parse.ts';
export { formatPromql } from './promql/print.ts';
