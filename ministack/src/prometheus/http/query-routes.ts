import { formatPromNumber } from '@plumbline/formats/promql';
import type { Answer, Asked } from '../../common/http-server.ts';
import { instantQuery, rangeQuery, usualLimits } from '../query/engine.ts';
import type { Value } from '../query/value.ts';
import { ApiFault, success } from './answer.ts';
import type { Context } from './context.ts';
import { durationOf, exprOf, invalid, requiredTime, timeOf } from './parameters.ts';

const maxPoints = 11_000;

/** GET, POST /api/v1/query */
export function queryRoute({ store }: Context, { params }: Asked): Answer {
  const time = timeOf(params, 'time', Date.now());
  const limits = limitsOf(params);
  const expr = exprOf(params);
  return success(shown(instantQuery(store, expr, time, limits), time), cutWarning(store.cutBefore(), time));
}

/** GET, POST /api/v1/query_range */
export function queryRangeRoute({ store }: Context, { params }: Asked): Answer {
  const start = requiredTime(params, 'start');
  const end = requiredTime(params, 'end');
  if (end < start) throw invalid('end', 'end timestamp must not be before start time');
  const step = durationOf(params, 'step');
  if (step <= 0) {
    throw invalid('step', 'zero or negative query resolution step widths are not accepted. Try a positive integer');
  }
  if ((end - start) / step > maxPoints) {
    throw new ApiFault(
      'bad_data',
      'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)',
    );
  }
  const limits = limitsOf(params);
  const expr = exprOf(params);
  const type = expr.kind === 'range' ? 'range vector' : expr.kind === 'string' ? 'string' : undefined;
  if (type !== undefined) {
    throw invalid('query', `invalid expression type "${type}" for range query, must be Scalar or instant Vector`);
  }
  const result = rangeQuery(store, expr, { start, end, step }, limits).map(({ labels, points }) => ({
    metric: labels,
    values: points.map(([time, value]) => point(time, value)),
  }));
  return success({ resultType: 'matrix', result }, cutWarning(store.cutBefore(), start));
}

function limitsOf(params: URLSearchParams): typeof usualLimits {
  if (!params.get('timeout')) return usualLimits;
  return { ...usualLimits, timeoutMs: Math.min(usualLimits.timeoutMs, durationOf(params, 'timeout')) };
}

function shown(value: Value, time: number): unknown {
  switch (value.type) {
    case 'scalar':
      return { resultType: 'scalar', result: point(time, value.value) };
    case 'string':
      return { resultType: 'string', result: [time / 1000, value.value] };
    case 'vector':
      return {
        resultType: 'vector',
        result: value.samples.map((s) => ({ metric: s.labels, value: point(time, s.value) })),
      };
    case 'matrix':
      return {
        resultType: 'matrix',
        result: value.windows.map(({ labels, times, values }) => ({
          metric: labels,
          values: times.map((at, n) => point(at, values[n] ?? Number.NaN)),
        })),
      };
  }
}

function point(time: number, value: number): readonly [number, string] {
  return [time / 1000, formatPromNumber(value)];
}

/** The real one holds all that its disk does; this one says where it does not. */
function cutWarning(cut: number, from: number): readonly string[] {
  if (from - usualLimits.lookbackMs >= cut) return [];
  return [`this stand-in gave up samples older than ${new Date(cut).toISOString()}: it holds a limited number`];
}
