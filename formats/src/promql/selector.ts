import { compileRe2 } from '../re2.ts';
import type { Matcher, MatchOp, RangeSelector, Selector } from './ast.ts';
import { parsePromDuration } from './duration.ts';
import { refuse, unsupported } from './error.ts';
import { at, child, type SyntaxNode } from './grammar.ts';
import { unquote } from './strings.ts';

const nameLabel = '__name__';

export function buildSelector(text: string, node: SyntaxNode): Selector {
  const identifier = child(node, 'Identifier');
  const name = identifier && text.slice(identifier.from, identifier.to);
  const written = (child(node, 'LabelMatchers')?.children ?? []).map((m) => buildMatcher(text, m));
  if (name !== undefined && written.some((m) => m.name === nameLabel)) {
    const twice = written.find((m) => m.name === nameLabel)?.value;
    return refuse(node.from, `metric name must not be set twice: "${name}" or "${twice}"`);
  }
  const matchers = name === undefined ? written : [...written, matcherOf(nameLabel, '=', name, node.from)];
  if (matchers.every((m) => m.test(''))) {
    return refuse(node.from, 'vector selector must contain at least one non-empty matcher');
  }
  return { kind: 'selector', ...(name === undefined ? {} : { name }), matchers, offsetMs: 0 };
}

export function buildRange(text: string, node: SyntaxNode): RangeSelector {
  const inner = at(node, 0);
  const bracket = text.indexOf('[', inner.to);
  if (inner.name === 'OffsetExpr') return refuse(bracket, 'no offset modifiers allowed before range');
  if (inner.name === 'StepInvariantExpr') return refuse(bracket, 'no @ modifiers allowed before range');
  if (inner.name !== 'VectorSelector') return refuse(bracket, 'ranges only allowed for vector selectors');
  return { kind: 'range', selector: buildSelector(text, inner), rangeMs: durationOf(text, at(node, 1)) };
}

/** The selector or range with the offset that stands after it. */
export function withOffset(text: string, node: SyntaxNode, inner: Selector | RangeSelector): Selector | RangeSelector {
  const selector = inner.kind === 'range' ? inner.selector : inner;
  if (selector.offsetMs !== 0) return refuse(node.from, 'offset may not be set multiple times');
  const length = durationOf(text, at(node, -1));
  const shifted = { ...selector, offsetMs: child(node, 'Sub') === undefined ? length : -length };
  return inner.kind === 'range' ? { ...inner, selector: shifted } : shifted;
}

export function durationOf(text: string, node: SyntaxNode): number {
  const written = text.slice(node.from, node.to);
  const ms = parsePromDuration(written);
  if (ms === undefined) return refuse(node.from, `not a valid duration string: "${written}"`);
  return ms > 0 ? ms : refuse(node.from, 'duration must be greater than 0');
}

function buildMatcher(text: string, node: SyntaxNode): Matcher {
  const label = child(node, 'LabelName');
  const op = child(node, 'MatchOp');
  const value = child(node, 'StringLiteral');
  if (!label || !op || !value) return unsupported(node.from, `the matcher ${text.slice(node.from, node.to)}`);
  const slice = ({ from, to }: SyntaxNode) => text.slice(from, to);
  return matcherOf(slice(label), slice(op) as MatchOp, unquote(slice(value), value.from), node.from);
}

function matcherOf(name: string, op: MatchOp, value: string, offset: number): Matcher {
  return { name, op, value, test: testOf(op, value, offset) };
}

function testOf(op: MatchOp, value: string, offset: number): (text: string) => boolean {
  if (op === '=') return (text) => text === value;
  if (op === '!=') return (text) => text !== value;
  const compiled = compileRe2(value, { full: true });
  if (!compiled.ok) return refuse(offset, compiled.failure.message);
  return op === '=~' ? (text) => compiled.value.test(text) : (text) => !compiled.value.test(text);
}
