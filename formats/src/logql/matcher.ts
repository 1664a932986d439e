import { compileRe2 } from '../re2.ts';
import type { LineFilterStage, Matcher, MatchOp } from './ast.ts';
import { refuse } from './error.ts';

/** A matcher with its test; an absent label counts as empty, as in Loki. */
export function matcherOf(name: string, op: MatchOp, value: string): Matcher {
  return { name, op, value, test: testOf(op, value) };
}

function testOf(op: MatchOp, value: string): (text: string) => boolean {
  if (op === '=') return (text) => text === value;
  if (op === '!=') return (text) => text !== value;
  const pattern = regexp(value, true);
  return op === '=~' ? (text) => pattern.test(text) : (text) => !pattern.test(text);
}

/** A line filter with its test; with `or`, a positive filter wants any of the texts and a negative one none. */
export function lineFilterOf(op: LineFilterStage['op'], texts: readonly string[]): LineFilterStage {
  const wanted = texts.map((text): ((line: string) => boolean) => {
    if (op === '|=' || op === '!=') return (line) => line.includes(text);
    const pattern = regexp(text, false);
    return (line) => pattern.test(line);
  });
  const any = wanted.length === 1 && wanted[0] ? wanted[0] : (line: string) => wanted.some((test) => test(line));
  return { kind: 'line', op, texts, test: op.startsWith('|') ? any : (line) => !any(line) };
}

/** Loki refuses a selector that would read everything: one matcher must not let the empty string through. */
export function requireSelective(matchers: readonly Matcher[]): void {
  if (matchers.some((matcher) => !matcher.test(''))) return;
  refuse(
    'queries require at least one regexp or equality matcher that does not have an empty-compatible value. ' +
      'For instance, app=~".*" does not meet this requirement, but app=~".+" will',
  );
}

/** A label matcher means the whole value and lets its dot match line breaks; a line filter does neither. */
function regexp(pattern: string, whole: boolean): RegExp {
  const compiled = compileRe2(pattern, { full: whole, flags: whole ? 's' : '' });
  return compiled.ok ? compiled.value : refuse(compiled.failure.message);
}
