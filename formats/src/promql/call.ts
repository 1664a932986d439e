import type { AggregateOp, Expr, Grouping, ValueType } from './ast.ts';
import { refuse, unsupported } from './error.ts';
import { functions, typeNames } from './functions.ts';
import { at, child, type SyntaxNode } from './grammar.ts';
import { typeOf } from './types.ts';

const params: Readonly<Record<AggregateOp, ValueType | undefined>> = {
  sum: undefined,
  avg: undefined,
  min: undefined,
  max: undefined,
  count: undefined,
  group: undefined,
  stddev: undefined,
  stdvar: undefined,
  topk: 'scalar',
  bottomk: 'scalar',
  quantile: 'scalar',
  count_values: 'string',
};

type Build = (node: SyntaxNode) => Expr;

export function buildAggregate(text: string, node: SyntaxNode, build: Build): Expr {
  const written = at(node, 0);
  const op = text.slice(written.from, written.to).toLowerCase() as AggregateOp;
  if (!Object.hasOwn(params, op)) return unsupported(node.from, `${op}()`);
  const body = child(node, 'FunctionCallBody');
  const args = (body?.children ?? []).map((arg) => ({ node: arg, expr: build(arg) }));
  const wanted = params[op] === undefined ? 1 : 2;
  if (args.length !== wanted) {
    const count = `expected ${wanted}, got ${args.length}`;
    return refuse(node.from, `wrong number of arguments for aggregate expression provided, ${count}`);
  }
  const inner = args.at(-1);
  const param = wanted === 2 ? args[0] : undefined;
  if (inner === undefined) throw new Error('an aggregation without its argument');
  requireType(inner, 'vector', 'in aggregation expression');
  const type = params[op];
  if (param && type) requireType(param, type, 'in aggregation parameter');
  const grouping = groupingOf(text, child(node, 'AggregateModifier'));
  return { kind: 'aggregate', op, grouping, inner: inner.expr, ...(param ? { param: param.expr } : {}) };
}

export function buildCall(text: string, node: SyntaxNode, build: Build): Expr {
  const written = at(node, 0);
  const name = text.slice(written.from, written.to);
  const signature = Object.hasOwn(functions, name) ? functions[name] : undefined;
  if (signature === undefined) return unsupported(node.from, `${name}()`);
  const args = (child(node, 'FunctionCallBody')?.children ?? []).map((arg) => ({ node: arg, expr: build(arg) }));
  const most = signature.args.length;
  const fewest = most - Math.abs(signature.optional);
  const wanted = (count: number, bound: string) =>
    refuse(node.from, `expected ${bound}${count} argument(s) in call to "${name}", got ${args.length}`);
  if (signature.optional === 0 && args.length !== most) return wanted(most, '');
  if (args.length < fewest) return wanted(fewest, 'at least ');
  if (signature.optional > 0 && args.length > most) return wanted(most, 'at most ');
  for (const [index, arg] of args.entries()) {
    requireType(arg, signature.args[Math.min(index, most - 1)] ?? 'vector', `in call to function "${name}"`);
  }
  return { kind: 'call', name, args: args.map((arg) => arg.expr) };
}

function requireType(
  { node, expr }: { readonly node: SyntaxNode; readonly expr: Expr },
  wanted: ValueType,
  where: string,
): void {
  const got = typeOf(expr);
  if (got !== wanted) refuse(node.from, `expected type ${typeNames[wanted]} ${where}, got ${typeNames[got]}`);
}

function groupingOf(text: string, modifier: SyntaxNode | undefined): Grouping {
  const labels = modifier && child(modifier, 'GroupingLabels');
  return {
    without: modifier !== undefined && child(modifier, 'Without') !== undefined,
    labels: (labels?.children ?? []).map((label) => text.slice(label.from, label.to)),
  };
}
