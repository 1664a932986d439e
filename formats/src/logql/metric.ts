import type { BinaryOp, MetricQuery } from './ast.ts';
import { child, flatten, need, only, type Source, textOf } from './cursor.ts';
import { parseModelDuration } from './duration.ts';
import { refuse, unsupported } from './error.ts';
import type { SyntaxNode } from './grammar.ts';
import { buildLog } from './log.ts';
import { type Binding, type Chain, joinByPrecedence } from './precedence.ts';

const rangeOps = ['count_over_time', 'rate', 'bytes_over_time', 'bytes_rate'] as const;
const vectorOps = ['sum', 'min', 'max', 'avg', 'count'] as const;
const binaryOps = ['+', '-', '*', '/', '%', '^', '==', '!=', '>', '>=', '<', '<='] as const;

/** A metric query from an expression, however deep the grammar has wrapped it. */
export function buildMetric(source: Source, node: SyntaxNode): MetricQuery {
  switch (node.name) {
    case 'Expr':
    case 'MetricExpr':
      return buildMetric(source, only(node));
    case 'RangeAggregationExpr':
      return buildRange(source, node);
    case 'VectorAggregationExpr':
      return buildAggregate(source, node);
    case 'BinOpExpr':
      return buildBinary(source, node);
    case 'LiteralExpr':
      return { kind: 'number', value: numberOf(source, node) };
    case 'VectorExpr':
      return { kind: 'vector', value: numberOf(source, need(node, 'Number')) };
    case 'LogExpr':
      return refuse('unexpected type for left leg of binary operation: *syntax.MatchersExpr');
    default:
      return unsupported(textOf(source, node));
  }
}

function buildRange(source: Source, node: SyntaxNode): MetricQuery {
  const op = pick(rangeOps, textOf(source, need(node, 'RangeOp')));
  if (op === undefined) return unsupported(`${textOf(source, need(node, 'RangeOp'))}()`);
  const body = need(node, 'LogRangeExpr');
  if (child(body, 'OffsetExpr')) return unsupported('offset');
  if (child(body, 'UnwrapExpr') || flatten(body, 'UnwrapExpr').length > 0) return unsupported('unwrap');
  if (child(node, 'Grouping')) return refuse(`grouping not allowed for ${op} aggregation`);
  const text = textOf(source, need(need(body, 'Range'), 'Duration'));
  const rangeNs = parseModelDuration(text) ?? refuse(`not a valid duration string: "${text}"`);
  return { kind: 'range', op, log: buildLog(source, body), rangeNs };
}

function buildAggregate(source: Source, node: SyntaxNode): MetricQuery {
  const name = textOf(source, need(node, 'VectorOp'));
  const inner = buildMetric(source, need(node, 'MetricExpr'));
  const group = child(node, 'Grouping');
  if (name === 'topk' || name === 'bottomk') {
    if (group) return unsupported(`${name} with grouping`);
    const k = numberOf(source, child(node, 'Number') ?? refuse(`parameter required for operation ${name}`));
    return Number.isInteger(k) && k > 0
      ? { kind: 'top', op: name, k, inner }
      : refuse(`invalid parameter (must be greater than 0) ${name}(${k}`);
  }
  const op = pick(vectorOps, name);
  if (op === undefined) return unsupported(`${name}()`);
  if (child(node, 'Number')) return refuse(`unsupported parameter for operation ${op}(`);
  if (!group) return { kind: 'aggregate', op, inner };
  const labels = child(group, 'Labels');
  return {
    kind: 'aggregate',
    op,
    inner,
    grouping: {
      without: child(group, 'Without') !== undefined,
      labels: labels ? flatten(labels, 'Identifier').map((l) => textOf(source, l)) : [],
    },
  };
}

interface Operator {
  readonly op: BinaryOp;
  readonly bool: boolean;
}

function buildBinary(source: Source, node: SyntaxNode): MetricQuery {
  return joinByPrecedence(
    chainOf(source, node),
    ({ op }) => bindingOf(op),
    ({ op, bool }, left, right) => ({
      kind: 'binary',
      op,
      bool,
      left,
      right,
    }),
  );
}

function chainOf(source: Source, node: SyntaxNode): Chain<MetricQuery, Operator> {
  const sides = node.children.filter((c) => c.name === 'Expr');
  const modifier = child(node, 'BinOpModifier');
  const operator = node.children.find(
    (c) => c.name !== 'Expr' && c.name !== 'BinOpModifier' && c.name !== 'LineComment',
  );
  const [left, right] = sides;
  if (!left || !right || !operator) throw new Error('the LogQL grammar gave an incomplete operation');
  const op = pick(binaryOps, textOf(source, operator));
  if (op === undefined) return unsupported(`the operator ${textOf(source, operator)}`);
  const written = modifier ? textOf(source, modifier).trim() : '';
  if (written !== '' && written !== 'bool') return unsupported(`the modifier ${written}`);
  const [before, after] = [operandsOf(source, left), operandsOf(source, right)];
  return {
    operands: [...before.operands, ...after.operands],
    operators: [...before.operators, { op, bool: written === 'bool' }, ...after.operators],
  };
}

/** A side that is an operation itself belongs to the chain, unless brackets stand around it. */
function operandsOf(source: Source, side: SyntaxNode): Chain<MetricQuery, Operator> {
  let inner = side;
  while (inner.name !== 'BinOpExpr' && inner.children.length === 1 && inner.children[0]) inner = inner.children[0];
  const bare = inner.name === 'BinOpExpr' && inner.from === side.from && inner.to === side.to;
  return bare ? chainOf(source, inner) : { operands: [buildMetric(source, side)], operators: [] };
}

function bindingOf(op: BinaryOp): Binding {
  if (op === '^') return { level: 3, right: true };
  if (op === '*' || op === '/' || op === '%') return { level: 2 };
  return { level: op === '+' || op === '-' ? 1 : 0 };
}

function numberOf(source: Source, node: SyntaxNode): number {
  return Number(textOf(source, node).replace(/\s/g, ''));
}

function pick<T extends string>(known: readonly T[], name: string): T | undefined {
  return known.find((k) => k === name);
}
