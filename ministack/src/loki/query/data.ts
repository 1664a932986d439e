import {
  errorText,
  formatGoDuration,
  formatModelDuration,
  type MetricQuery,
  parseLogql,
  type Query,
} from '@plumbline/formats/logql';
import type { Settings } from '../config/settings.ts';
import type { Store } from '../store/store.ts';
import { runLogQuery } from './log-query.ts';
import { runMetricQuery } from './metric-query.ts';
import type { Outcome } from './outcome.ts';
import { BadParameter, parseTime, stepOf, timeRange } from './times.ts';

export interface Asked {
  readonly params: URLSearchParams;
  readonly settings: Settings;
  readonly store: Store;
  readonly nowNs: bigint;
}

const hour = 3_600_000_000_000n;
const stats = {
  summary: {
    bytesProcessedPerSecond: 0,
    linesProcessedPerSecond: 0,
    totalBytesProcessed: 0,
    totalLinesProcessed: 0,
    execTime: 0,
    queueTime: 0,
    subqueries: 0,
    totalEntriesReturned: 0,
    splits: 0,
    shards: 0,
  },
};

/** The `data` of a query_range answer. Throws BadParameter for what Loki answers with 400. */
export function rangeData({ params, settings, store, nowNs }: Asked): object {
  const { start, end } = timeRange(params, nowNs, hour);
  if (end <= start) throw new BadParameter('end timestamp must not be before or equal to start time');
  const limit = limitOf(params);
  const forward = forwardOf(params);
  const step = stepOf(params, start, end);
  const query = queryOf(params);
  requireLength(settings, end - start);
  if (query.kind === 'log') {
    requireEntries(settings, limit);
    return { resultType: 'streams', result: runLogQuery(store, { query, start, end, limit, forward }), stats };
  }
  const steps = alignedSteps(start, end, step);
  return { resultType: 'matrix', result: matrix(limited(runMetricQuery(store, query, steps), settings), steps), stats };
}

/** The `data` of an instant query's answer. */
export function instantData({ params, settings, store, nowNs }: Asked): object {
  const time = params.get('time') ? parseTime(params.get('time') ?? '', 'time') : nowNs;
  const limit = limitOf(params);
  const forward = forwardOf(params);
  const query = queryOf(params);
  if (query.kind === 'log') {
    requireEntries(settings, limit);
    const request = { query, start: time - settings.lookBackNs, end: time + 1n, limit, forward };
    return { resultType: 'streams', result: runLogQuery(store, request), stats };
  }
  requireLength(settings, longestRange(query));
  const outcome = limited(runMetricQuery(store, query, [time]), settings);
  if (outcome.kind === 'scalar')
    return { resultType: 'scalar', result: [seconds(time), number(outcome.values[0] ?? 0)], stats };
  const result = outcome.series.flatMap(({ labels, values }) => {
    const value = values[0];
    return value === undefined ? [] : [{ metric: labels, value: [seconds(time), number(value)] }];
  });
  return { resultType: 'vector', result, stats };
}

function queryOf(params: URLSearchParams): Query {
  const parsed = parseLogql(params.get('query') ?? '');
  if (!parsed.ok) throw new BadParameter(errorText(parsed.failure));
  return parsed.value;
}

function limitOf(params: URLSearchParams): number {
  const text = params.get('limit') || '100';
  if (!/^[+-]?\d+$/.test(text))
    throw new BadParameter(`strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`);
  if (Number(text) <= 0) throw new BadParameter('limit must be a positive value');
  return Number(text);
}

function forwardOf(params: URLSearchParams): boolean {
  const text = params.get('direction') || 'backward';
  if (!/^(?:forward|backward)$/i.test(text)) throw new BadParameter(`invalid direction '${text}'`);
  return text.toLowerCase() === 'forward';
}

function requireEntries({ limits }: Settings, limit: number): void {
  if (limits.maxEntries === 0 || limit <= limits.maxEntries) return;
  throw new BadParameter(
    `max entries limit per query exceeded, limit > max_entries_limit (${limit} > ${limits.maxEntries})`,
  );
}

function requireLength({ limits }: Settings, length: bigint): void {
  if (limits.maxQueryLengthNs === 0n || length <= limits.maxQueryLengthNs) return;
  throw new BadParameter(
    `the query time range exceeds the limit (query length: ${formatGoDuration(length)}, limit: ${formatModelDuration(limits.maxQueryLengthNs)})`,
  );
}

function limited(outcome: Outcome, { limits }: Settings): Outcome {
  if (outcome.kind === 'scalar' || limits.maxQuerySeries === 0 || outcome.series.length <= limits.maxQuerySeries)
    return outcome;
  throw new BadParameter(`maximum of series (${limits.maxQuerySeries}) reached for a single query`);
}

function longestRange(query: MetricQuery): bigint {
  if (query.kind === 'range') return query.rangeNs;
  if (query.kind === 'aggregate' || query.kind === 'top') return longestRange(query.inner);
  if (query.kind !== 'binary') return 0n;
  const left = longestRange(query.left);
  const right = longestRange(query.right);
  if (left > right) return left;
  return right;
}

/** Loki's query frontend moves both ends outwards to whole steps. */
function alignedSteps(start: bigint, end: bigint, step: bigint): readonly bigint[] {
  const first = (start / step) * step;
  const last = ((end + step - 1n) / step) * step;
  return Array.from({ length: Number((last - first) / step) + 1 }, (_, i) => first + BigInt(i) * step);
}

function matrix(outcome: Outcome, steps: readonly bigint[]): readonly object[] {
  const series = outcome.kind === 'vector' ? outcome.series : [{ labels: {}, values: outcome.values }];
  return series
    .map(({ labels, values }) => ({
      metric: labels,
      values: values.flatMap((v, i) => (v === undefined ? [] : [[seconds(steps[i] ?? 0n), number(v)]])),
    }))
    .filter(({ values }) => values.length > 0);
}

/** Seconds with milliseconds: small enough for a JavaScript number to hold exactly. */
function seconds(ns: bigint): number {
  return Number(ns / 1_000_000n) / 1000;
}

/** A float as Go's FormatFloat(f, 'f', -1) writes it: never with an exponent. */
function number(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const [mantissa = '', exponent] = String(value).split('e');
  if (exponent === undefined) return mantissa;
  if (Number(exponent) > 0) return BigInt(value).toString();
  const digits = mantissa.replace(/[-.]/g, '');
  return `${value < 0 ? '-' : ''}0.${'0'.repeat(-Number(exponent) - 1)}${digits}`;
}
