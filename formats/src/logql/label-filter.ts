import type { LabelFilter } from './ast.ts';
import { child, need, only, type Source, textOf } from './cursor.ts';
import { parseGoDuration } from './duration.ts';
import { refuse, unsupported } from './error.ts';
import type { SyntaxNode } from './grammar.ts';
import { buildMatcher } from './log.ts';

type Compare = Extract<LabelFilter, { kind: 'compare' }>;

/** A label filter. Two side by side, with a comma or nothing between them, both have to hold. */
export function labelFilterOf(source: Source, node: SyntaxNode): LabelFilter {
  const sides = node.children.filter((c) => c.name === 'LabelFilter');
  const [left, right] = sides;
  if (left && right) {
    const kind = child(node, 'Or') ? 'or' : 'and';
    return { kind, left: labelFilterOf(source, left), right: labelFilterOf(source, right) };
  }
  if (left) return labelFilterOf(source, left);
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
