import type { BinaryOp, Expr, ValueType } from './ast.ts';
import { functions } from './functions.ts';

const comparisons: ReadonlySet<BinaryOp> = new Set(['==', '!=', '>', '<', '>=', '<=']);
const sets: ReadonlySet<BinaryOp> = new Set(['and', 'or', 'unless']);

export const isComparison = (op: BinaryOp): boolean => comparisons.has(op);
export const isSet = (op: BinaryOp): boolean => sets.has(op);

/** What an expression evaluates to. */
export function typeOf(expr: Expr): ValueType {
  switch (expr.kind) {
    case 'number':
      return 'scalar';
    case 'string':
      return 'string';
    case 'selector':
    case 'aggregate':
      return 'vector';
    case 'range':
      return 'matrix';
    case 'paren':
    case 'unary':
      return typeOf(expr.inner);
    case 'binary':
      return typeOf(expr.left) === 'scalar' && typeOf(expr.right) === 'scalar' ? 'scalar' : 'vector';
    case 'call':
      return functions[expr.name]?.result ?? 'vector';
  }
}
