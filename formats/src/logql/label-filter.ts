import type { LabelFilter } from './ast.ts';
import { child, need, only, type Source, textOf } from './cursor.ts';
import { parseGoDuration } from './duration.ts';
import { refuse, unsupported } from './error.ts';
import type { SyntaxNode } from './grammar.ts';
import { buildMatcher } from './matcher-node.ts';
import { type Chain, joinByPrecedence } from './precedence.ts';

type Compare = Extract<LabelFilter, { kind: 'compare' }>;

/** A label filter. Two with a comma between them both have to hold; `and` binds tighter than `or`. */
export function labelFilterOf(source: Source, node: SyntaxNode): LabelFilter {
  return joinByPrecedence(
    chainOf(source, node),
    (kind) => ({ level: kind === 'or' ? 0 : 1 }),
    (kind, left, right): LabelFilter => ({ kind, left, right }),
  );
}

function chainOf(source: Source, node: SyntaxNode): Chain<LabelFilter, 'and' | 'or'> {
  const [left, right] = node.children.filter((c) => c.name === 'LabelFilter');
  if (!left) return { operands: [single(source, node)], operators: [] };
  const bracketed = source.text[node.from] === '(' && left.from > node.from && !right;
  if (bracketed) return { operands: [labelFilterOf(source, left)], operators: [] };
  if (!right) return chainOf(source, left);
  const [before, after] = [chainOf(source, left), chainOf(source, right)];
  return {
    operands: [...before.operands, ...after.operands],
    operators: [...before.operators, child(node, 'Or') ? 'or' : 'and', ...after.operators],
  };
}

function single(source: Source, node: SyntaxNode): LabelFilter {
  const body = only(node);
  if (body.name === 'Matcher') return { kind: 'match', matcher: buildMatcher(source, body) };
  if (body.name === 'NumberFilter') {
    return compare(source, body, {
      unit: 'number',
      value: Number(textOf(source, need(body, 'LiteralExpr')).replace(/\s/g, '')),
    });
  }
  if (body.name !== 'UnitFilter') return unsupported(`the label filter ${textOf(source, body)}`);
  const unit = only(body);
  if (unit.name === 'DurationFilter') {
    const text = textOf(source, need(unit, 'Duration'));
    const ns = parseGoDuration(text) ?? refuse(`invalid duration ${text}`);
    return compare(source, unit, { unit: 'duration', value: Number(ns) / 1e9 });
  }
  return compare(source, unit, { unit: 'bytes', value: bytesOf(textOf(source, need(unit, 'Bytes'))) });
}

const powers = ['', 'k', 'm', 'g', 't', 'p', 'e'];

/** A size as `5KB` (thousands) or `5KiB` (1024s), in bytes; NaN where it is none. */
export function bytesOf(text: string): number {
  const parts = /^([\d.]+)\s*([kmgtpe]?)(i?)b?$/i.exec(text.trim());
  if (!parts) return Number.NaN;
  return Number(parts[1]) * (parts[3] === '' ? 1000 : 1024) ** powers.indexOf((parts[2] ?? '').toLowerCase());
}

function compare(source: Source, node: SyntaxNode, right: Pick<Compare, 'unit' | 'value'>): Compare {
  const [name, op] = node.children;
  if (!name || !op) throw new Error('the LogQL grammar gave an incomplete comparison');
  const written = textOf(source, op);
  return {
    kind: 'compare',
    name: textOf(source, name),
    op: (written === '=' ? '==' : written) as Compare['op'],
    ...right,
  };
}
