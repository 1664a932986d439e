import type { Expr, Matcher, Matching, Selector } from './ast.ts';
import { formatPromDuration } from './duration.ts';
import { formatGoNumber } from './number.ts';
import { quote } from './strings.ts';

/** An expression as Prometheus prints it again, such as in its list of rules. */
export function formatPromql(expr: Expr): string {
  switch (expr.kind) {
    case 'number':
      return formatGoNumber(expr.value);
    case 'string':
      return quote(expr.value);
    case 'selector':
      return selectorText(expr) + offsetText(expr.offsetMs);
    case 'range':
      return `${selectorText(expr.selector)}[${formatPromDuration(expr.rangeMs)}]${offsetText(expr.selector.offsetMs)}`;
    case 'paren':
      return `(${formatPromql(expr.inner)})`;
    case 'unary':
      return `${expr.op}${formatPromql(expr.inner)}`;
    case 'binary': {
      const bool = expr.bool ? ' bool' : '';
      const matching = expr.matching === undefined ? '' : matchingText(expr.matching);
      return `${formatPromql(expr.left)} ${expr.op}${bool}${matching} ${formatPromql(expr.right)}`;
    }
    case 'aggregate': {
      const { without, labels } = expr.grouping;
      const list = `(${labels.join(', ')})`;
      const grouping = without ? ` without ${list} ` : labels.length > 0 ? ` by ${list} ` : '';
      const param = expr.param === undefined ? '' : `${formatPromql(expr.param)}, `;
      return `${expr.op}${grouping}(${param}${formatPromql(expr.inner)})`;
    }
    case 'call':
      return `${expr.name}(${expr.args.map(formatPromql).join(', ')})`;
  }
}

function selectorText({ name, matchers }: Selector): string {
  const shown = matchers.filter((m) => !(m.name === '__name__' && m.op === '=' && m.value === name));
  const text = shown.map((m: Matcher) => `${m.name}${m.op}${quote(m.value)}`).sort();
  return `${name ?? ''}${text.length > 0 ? `{${text.join(',')}}` : ''}`;
}

function offsetText(ms: number): string {
  if (ms === 0) return '';
  return ms > 0 ? ` offset ${formatPromDuration(ms)}` : ` offset -${formatPromDuration(-ms)}`;
}

function matchingText({ on, labels, card, include }: Matching): string {
  const grouped = card === 'many-to-one' || card === 'one-to-many';
  const how = labels.length > 0 || on || grouped ? ` ${on ? 'on' : 'ignoring'} (${labels.join(', ')})` : '';
  return grouped ? `${how} group_${card === 'many-to-one' ? 'left' : 'right'} (${include.join(', ')})` : how;
}
