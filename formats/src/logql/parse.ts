import { err, ok, type Result } from '@plumbline/contracts';
import type { LogQuery, Query } from './ast.ts';
import { child, only, type Source } from './cursor.ts';
import { type LogqlError, LogqlRefusal, refuseAt } from './error.ts';
import { parseTree, type SyntaxNode } from './grammar.ts';
import { buildLog } from './log.ts';
import { requireSelective } from './matcher.ts';
import { buildMetric } from './metric.ts';
import { refuseSyntax } from './syntax-error.ts';

/** Parses a query. What Loki refuses, and what is grammatical but not implemented, are both errors; see `errorText`. */
export function parseLogql(text: string): Result<Query, LogqlError> {
  return caught(() => {
    const { root, errorAt } = parseTree(text);
    if (errorAt !== undefined) return refuseUngrammatical(text, errorAt);
    const source: Source = { text };
    const expr = unwrapExpr(only(root));
    return expr.name === 'LogExpr' ? buildLog(source, expr) : buildMetric(source, expr);
  });
}

/** Parses a selector alone, as the label and series endpoints take it. */
export function parseSelector(text: string): Result<LogQuery, LogqlError> {
  const parsed = parseLogql(text);
  if (!parsed.ok) return parsed;
  if (parsed.value.kind === 'log' && parsed.value.stages.length === 0) return ok(parsed.value);
  return err({ kind: 'parse', message: 'only label matchers are supported' });
}

/** Goes down through the wrappers that the grammar puts around a single expression. */
function unwrapExpr(node: SyntaxNode): SyntaxNode {
  if (node.name === 'Expr') return unwrapExpr(only(node));
  const inner = child(node, node.name);
  return (node.name === 'LogExpr' || node.name === 'MetricExpr') && inner !== undefined ? unwrapExpr(inner) : node;
}

function refuseUngrammatical(text: string, errorAt: number): never {
  if (/^\s*\{\s*\}/.test(text)) requireSelective([]);
  const range = /\[(\d+[a-zA-Zµ][\w.]*)\]/.exec(text);
  const unit = /^\d+([A-Za-z]+)$/.exec(range?.[1] ?? '')?.[1];
  if (range && unit !== undefined && errorAt >= range.index) {
    return refuseAt(text, range.index, `unknown unit "${unit}" in duration "${range[1]}"`);
  }
  return refuseSyntax(text, errorAt);
}

function caught<T>(build: () => T): Result<T, LogqlError> {
  try {
    return ok(build());
  } catch (thrown) {
    if (thrown instanceof LogqlRefusal) return err(thrown.error);
    throw thrown;
  }
}
