import type { Expr } from '@plumbline/formats/promql';
import { keyOf, withoutName } from '../labels.ts';
import { evaluateAggregate } from './aggregate.ts';
import { evaluateBinary } from './binary.ts';
import { evaluateCall } from './call.ts';
import { selectInstant, selectRange } from './select.ts';
import { type Moment, QueryFault, type Sample, type Value, vectorOf } from './value.ts';

/** The value of an expression at one moment. */
export function evaluate(expr: Expr, moment: Moment): Value {
  switch (expr.kind) {
    case 'number':
      return { type: 'scalar', value: expr.value };
    case 'string':
      return { type: 'string', value: expr.value };
    case 'selector':
      return { type: 'vector', samples: selectInstant(expr, moment) };
    case 'range':
      return selectRange(expr, moment);
    case 'paren':
      return evaluate(expr.inner, moment);
    case 'unary':
      return negated(expr.op, evaluate(expr.inner, moment));
    case 'binary':
      return unique(evaluateBinary(expr, evaluate(expr.left, moment), evaluate(expr.right, moment)));
    case 'aggregate': {
      const param = expr.param === undefined ? undefined : evaluate(expr.param, moment);
      return { type: 'vector', samples: evaluateAggregate(expr, vectorOf(evaluate(expr.inner, moment)), param) };
    }
    case 'call':
      return unique(
        evaluateCall(
          expr,
          expr.args.map((arg) => evaluate(arg, moment)),
          moment,
        ),
      );
  }
}

function negated(op: '+' | '-', value: Value): Value {
  if (op === '+') return value;
  if (value.type === 'scalar') return { type: 'scalar', value: -value.value };
  const samples = vectorOf(value).map((s): Sample => ({ labels: withoutName(s.labels), value: -s.value }));
  return unique({ type: 'vector', samples });
}

/** Dropping names and labels may leave two samples that nothing tells apart; Prometheus refuses that. */
function unique(value: Value): Value {
  if (value.type !== 'vector' || value.samples.length < 2) return value;
  const seen = new Set<string>();
  for (const { labels } of value.samples) {
    const key = keyOf(labels);
    if (seen.has(key)) throw new QueryFault('vector cannot contain metrics with the same labelset');
    seen.add(key);
  }
  return value;
}
