import type { LogQuery, Stage } from './ast.ts';
import { child, flatten, need, only, type Source, textOf } from './cursor.ts';
import { unsupported } from './error.ts';
import type { SyntaxNode } from './grammar.ts';
import { labelFilterOf } from './label-filter.ts';
import { lineFilterOf, requireSelective } from './matcher.ts';
import { buildMatcher } from './matcher-node.ts';
import { unquote } from './strings.ts';

/** A log query from a node that holds a selector and perhaps a pipeline. */
export function buildLog(source: Source, node: SyntaxNode): LogQuery {
  const matchers = flatten(need(node, 'Selector'), 'Matcher').map((m) => buildMatcher(source, m));
  requireSelective(matchers);
  const pipeline = child(node, 'PipelineExpr');
  const stages = pipeline ? flatten(pipeline, 'PipelineStage').flatMap((s) => buildStage(source, s)) : [];
  return { kind: 'log', matchers, stages };
}

function buildStage(source: Source, stage: SyntaxNode): readonly Stage[] {
  const filters = child(stage, 'LineFilters');
  if (filters) return flatten(filters, 'LineFilter').map((f) => buildLineFilter(source, f));
  const body = stage.children.find((c) => c.name !== 'Pipe') ?? only(stage);
  switch (body.name) {
    case 'LabelParser':
      return [only(body).name === 'Json' ? { kind: 'json' } : unsupported(`| ${textOf(source, only(body))}`)];
    case 'LogfmtParser':
      return child(body, 'LogfmtParserFlags') ? unsupported('flags of | logfmt') : [{ kind: 'logfmt' }];
    case 'LabelFilter':
      return [{ kind: 'label', filter: labelFilterOf(source, body) }];
    case 'DropLabelsExpr':
      return [{ kind: 'drop', names: labelNames(source, body, 'DropLabel') }];
    case 'KeepLabelsExpr':
      return [{ kind: 'keep', names: labelNames(source, body, 'KeepLabel') }];
    case 'LineFormatExpr':
      return [{ kind: 'line_format', parts: template(unquote(textOf(source, need(body, 'String')))) }];
    default:
      return unsupported(`| ${textOf(source, body)}`);
  }
}

function buildLineFilter(source: Source, node: SyntaxNode): Stage {
  const op = textOf(source, need(node, 'Filter'));
  if (child(node, 'FilterOp')) return unsupported('ip() as a line filter');
  if (op !== '|=' && op !== '!=' && op !== '|~' && op !== '!~') return unsupported(`the line filter ${op}`);
  return lineFilterOf(
    op,
    flatten(node, 'String').map((s) => unquote(textOf(source, s))),
  );
}

function labelNames(source: Source, node: SyntaxNode, item: string): readonly string[] {
  return flatten(node, item).map((label) => {
    if (child(label, 'Matcher')) return unsupported(`a matcher in ${textOf(source, node)}`);
    return textOf(source, label);
  });
}

function template(text: string): readonly ({ readonly text: string } | { readonly label: string })[] {
  return text.split(/(\{\{.*?\}\})/s).map((part) => {
    if (!part.startsWith('{{')) return { text: part };
    const label = /^\{\{\s*\.([A-Za-z_][A-Za-z0-9_]*)\s*\}\}$/.exec(part)?.[1];
    return label === undefined ? unsupported(`the template action ${part} of line_format`) : { label };
  });
}
