import type { BinaryOp, Expr, Matching } from './ast.ts';
import { refuse, unsupported } from './error.ts';
import { child, type SyntaxNode } from './grammar.ts';
import { isComparison, isSet, typeOf } from './types.ts';

const operators: Readonly<Record<string, BinaryOp>> = {
  Add: '+',
  Sub: '-',
  Mul: '*',
  Div: '/',
  Mod: '%',
  Pow: '^',
  Eql: '==',
  Neq: '!=',
  Gtr: '>',
  Lss: '<',
  Gte: '>=',
  Lte: '<=',
  And: 'and',
  Or: 'or',
  Unless: 'unless',
};

/** Builds an operation; `build` makes the expressions of its two sides. */
export function buildBinary(text: string, node: SyntaxNode, build: (side: SyntaxNode) => Expr): Expr {
  const [first, last] = [node.children[0], node.children.at(-1)];
  const operator = node.children[1];
  if (!first || !last || !operator) throw new Error('the PromQL grammar gave an incomplete operation');
  const op = operators[operator.name];
  if (op === undefined) return unsupported(operator.from, `the operator ${text.slice(operator.from, operator.to)}`);
  const signed = op === '^' ? signOf(text, first) : undefined;
  const left = build(first);
  const right = build(last);
  const bool = child(node, 'BoolModifier') !== undefined;
  const clause = child(node, 'MatchingModifierClause');
  const types = [typeOf(left), typeOf(right)];
  const scalars = types.filter((t) => t === 'scalar').length;
  if (bool && !isComparison(op)) return refuse(operator.from, 'bool modifier can only be used on comparison operators');
  if (isComparison(op) && !bool && scalars === 2) {
    return refuse(operator.from, 'comparisons between scalars must use BOOL modifier');
  }
  if (types.some((t) => t !== 'scalar' && t !== 'vector')) {
    return refuse(node.from, 'binary expression must contain only scalar and instant vector types');
  }
  if (isSet(op) && scalars > 0) {
    return refuse(node.from, `set operator "${op}" not allowed in binary scalar expression`);
  }
  const matching = matchingOf(text, op, node.from, clause);
  if (scalars > 0 && clause !== undefined && (matching.labels.length > 0 || matching.on)) {
    return refuse(node.from, 'vector matching only allowed between instant vectors');
  }
  const whole: Expr = { kind: 'binary', op, bool, left, right, ...(scalars === 0 ? { matching } : {}) };
  if (signed === undefined || left.kind !== 'number') return whole;
  // The grammar takes the sign of `-2 ^ 2` into the number; Prometheus raises to the power first.
  return { kind: 'unary', op: signed, inner: { ...whole, left: { kind: 'number', value: Math.abs(left.value) } } };
}

function signOf(text: string, node: SyntaxNode): '+' | '-' | undefined {
  const first = node.name === 'NumberLiteral' ? text[node.from] : undefined;
  return first === '-' || first === '+' ? first : undefined;
}

function matchingOf(text: string, op: BinaryOp, from: number, clause: SyntaxNode | undefined): Matching {
  const lists = (clause?.children ?? []).filter((c) => c.name === 'GroupingLabels');
  const names = (list: SyntaxNode | undefined) => (list?.children ?? []).map((l) => text.slice(l.from, l.to));
  const left = clause && child(clause, 'GroupLeft');
  const right = clause && child(clause, 'GroupRight');
  const grouped = left ?? right;
  const [labels, include] = [names(lists[0]), names(lists[1])];
  if (grouped && isSet(op)) return refuse(from, `no grouping allowed for "${op}" operation`);
  const both = clause && child(clause, 'On') ? labels.find((l) => include.includes(l)) : undefined;
  if (both !== undefined) {
    return refuse(clause?.from ?? 0, `label "${both}" must not occur in ON and GROUP clause at once`);
  }
  return {
    on: clause !== undefined && child(clause, 'On') !== undefined,
    labels,
    include,
    card: isSet(op) ? 'many-to-many' : left ? 'many-to-one' : right ? 'one-to-many' : 'one-to-one',
  };
}
