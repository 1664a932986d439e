import { err, ok, type Result } from '@plumbline/contracts';
import type { Expr, Selector } from './ast.ts';
import { buildBinary } from './binary.ts';
import { buildAggregate, buildCall } from './call.ts';
import { errorOf, type PromqlError, PromqlRefusal, refuse, unsupported } from './error.ts';
import { typeNames } from './functions.ts';
import { at, parseTree, type SyntaxNode } from './grammar.ts';
import { readNumber } from './number.ts';
import { buildRange, buildSelector, withOffset } from './selector.ts';
import { unquote } from './strings.ts';
import { refuseSyntax } from './syntax-error.ts';
import { typeOf } from './types.ts';

const longest = 100_000;
const deepest = 250;

/** Parses and type-checks an expression. What Prometheus refuses, and what is not implemented, are both errors. */
export function parsePromql(text: string): Result<Expr, PromqlError> {
  return caught(text, () => {
    if (text.length > longest) return refuse(0, `the expression is longer than ${longest} characters`);
    const { root, errorAt } = parseTree(text);
    if (errorAt !== undefined || root.children.length === 0) return refuseSyntax(text, errorAt ?? 0);
    return build(text, at(root, 0), 0);
  });
}

/** Parses a selector alone, as the series and label endpoints take it. */
export function parsePromSelector(text: string): Result<Selector, PromqlError> {
  const parsed = parsePromql(text);
  if (!parsed.ok) return parsed;
  if (parsed.value.kind === 'selector' && parsed.value.offsetMs === 0) return ok(parsed.value);
  return err({ kind: 'parse', line: 1, col: 1, message: 'expected a metric selector' });
}

function build(text: string, node: SyntaxNode, depth: number): Expr {
  if (depth > deepest) return refuse(node.from, `the expression is nested more than ${deepest} deep`);
  const inner = (part: SyntaxNode) => build(text, part, depth + 1);
  const written = text.slice(node.from, node.to);
  switch (node.name) {
    case 'NumberLiteral': {
      const value = readNumber(written);
      return value === undefined ? refuse(node.from, `error parsing number: ${written}`) : { kind: 'number', value };
    }
    case 'StringLiteral':
      return { kind: 'string', value: unquote(written, node.from) };
    case 'VectorSelector':
      return buildSelector(text, node);
    case 'MatrixSelector':
      return buildRange(text, node);
    case 'OffsetExpr': {
      const shifted = inner(at(node, 0));
      if (shifted.kind === 'selector' || shifted.kind === 'range') return withOffset(text, node, shifted);
      return refuse(
        node.from,
        'offset modifier must be preceded by an instant vector selector or range vector selector or a subquery',
      );
    }
    case 'ParenExpr':
      return { kind: 'paren', inner: inner(at(node, 0)) };
    case 'UnaryExpr': {
      const operand = inner(at(node, 1));
      const type = typeOf(operand);
      if (type !== 'scalar' && type !== 'vector') {
        return refuse(
          node.from,
          `unary expression only allowed on expressions of type scalar or instant vector, got "${typeNames[type]}"`,
        );
      }
      return { kind: 'unary', op: written.startsWith('-') ? '-' : '+', inner: operand };
    }
    case 'BinaryExpr':
      return buildBinary(text, node, inner);
    case 'AggregateExpr':
      return buildAggregate(text, node, inner);
    case 'FunctionCall':
      return buildCall(text, node, inner);
    case 'SubqueryExpr':
      return unsupported(node.from, 'subqueries');
    case 'StepInvariantExpr':
      return unsupported(node.from, 'the @ modifier');
    default:
      return unsupported(node.from, written);
  }
}

function caught<T>(text: string, make: () => T): Result<T, PromqlError> {
  try {
    return ok(make());
  } catch (thrown) {
    if (thrown instanceof PromqlRefusal) return err(errorOf(thrown, text));
    throw thrown;
  }
}
