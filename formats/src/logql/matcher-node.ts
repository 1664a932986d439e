import type { Matcher, MatchOp } from './ast.ts';
import { type Source, textOf } from './cursor.ts';
import type { SyntaxNode } from './grammar.ts';
import { matcherOf } from './matcher.ts';
import { unquote } from './strings.ts';

/** A matcher of a selector or of a label filter. */
export function buildMatcher(source: Source, node: SyntaxNode): Matcher {
  const [name, op, value] = node.children;
  if (!name || !op || !value) throw new Error('the LogQL grammar gave an incomplete matcher');
  return matcherOf(textOf(source, name), textOf(source, op) as MatchOp, unquote(textOf(source, value)));
}
