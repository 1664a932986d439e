/** LogQL as Grafana Loki 3.0.0 reads it: query text to a tree of ours, and the pieces that such a tree needs to be run. */
export type {
  BinaryOp,
  LabelFilter,
  LineFilterStage,
  LogQuery,
  Matcher,
  MatchOp,
  MetricQuery,
  Query,
  Stage,
} from './logql/ast.ts';
export { formatGoDuration, formatModelDuration, parseGoDuration, parseModelDuration } from './logql/duration.ts';
export type { LogqlError } from './logql/error.ts';
export { errorText } from './logql/error.ts';
export { bytesOf } from './logql/label-filter.ts';
export { parseLogql, parseSelector } from './logql/parse.ts';
