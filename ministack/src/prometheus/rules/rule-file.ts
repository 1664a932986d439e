import { type Expr, formatPromql, parsePromql, promqlErrorText } from '@plumbline/formats/promql';
import { parseYaml } from '@plumbline/formats/yaml';
import { ConfigFault, child, duration, list, type Node, struct, text, texts, whole } from '../config/decode.ts';
import { checkTemplate } from './template.ts';

interface RuleBase {
  readonly name: string;
  readonly expr: Expr;
  readonly query: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface RecordingRule extends RuleBase {
  readonly type: 'recording';
}

export interface AlertingRule extends RuleBase {
  readonly type: 'alerting';
  readonly forMs: number;
  readonly keepFiringMs: number;
  readonly annotations: Readonly<Record<string, string>>;
}

export type Rule = RecordingRule | AlertingRule;

export interface RuleGroup {
  readonly name: string;
  readonly file: string;
  readonly intervalMs: number | undefined;
  readonly limit: number;
  readonly rules: readonly Rule[];
}

const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const labelName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Reads one rule file strictly. Throws ConfigFault with the file's name, in the words of Prometheus. */
export function readRuleFile(source: string, file: string): readonly RuleGroup[] {
  const document = parseYaml(source, file);
  if (!document.ok) {
    const at = document.failure.place?.line;
    throw new ConfigFault(`${file}: yaml: ${at === undefined ? '' : `line ${at}: `}${document.failure.message}`);
  }
  const root: Node = { value: document.value.value, path: [], document: document.value };
  try {
    const { groups } = struct(root, 'rulefmt.RuleGroups', { groups: list((node) => readGroup(node, file)) });
    const names = new Set<string>();
    for (const [index, { name }] of groups.entries()) {
      const at = document.value.place(['groups', index]);
      if (names.has(name)) {
        throw new ConfigFault(`${at.line}:${at.column}: groupname: "${name}" is repeated in the same file`);
      }
      names.add(name);
    }
    return groups;
  } catch (thrown) {
    if (thrown instanceof ConfigFault) throw new ConfigFault(`${file}: ${thrown.message}`);
    throw thrown;
  }
}

function readGroup(node: Node, file: string): RuleGroup {
  const group = struct(
    node,
    'rulefmt.RuleGroup',
    { name: text(), interval: duration, limit: whole(0), rules: list((n) => n) },
    ['query_offset'],
  );
  const at = node.document.place(node.path);
  if (group.name === '') throw new ConfigFault(`${at.line}:${at.column}: Groupname must not be empty`);
  const rules = group.rules.map((rule, index) => readRule(rule, group.name, index));
  return { name: group.name, file, intervalMs: group.interval, limit: group.limit, rules };
}

function readRule(node: Node, group: string, index: number): Rule {
  const r = struct(node, 'rulefmt.RuleNode', {
    record: text(),
    alert: text(),
    expr: text(),
    for: duration,
    keep_firing_for: duration,
    labels: texts,
    annotations: texts,
  });
  const name = r.record === '' ? r.alert : r.record;
  const refuse = (key: string, why: string): never => {
    const { line: row, column } = node.document.place(child(node, key).path);
    throw new ConfigFault(`${row}:${column}: group "${group}", rule ${index}, "${name}": ${why}`);
  };
  if (r.record !== '' && r.alert !== '') refuse('record', "only one of 'record' and 'alert' must be set");
  if (name === '') refuse('record', "one of 'record' or 'alert' must be set");
  if (r.expr === '') refuse('expr', "field 'expr' must be set in rule");
  const parsed = parsePromql(r.expr);
  if (!parsed.ok) return refuse('expr', `could not parse expression: ${promqlErrorText(parsed.failure)}`);
  const badLabel = Object.keys(r.labels).find((label) => !labelName.test(label) || label === '__name__');
  if (badLabel !== undefined) refuse('labels', `invalid label name: ${badLabel}`);
  const base = { name, expr: parsed.value, query: formatPromql(parsed.value), labels: r.labels };
  if (r.record !== '') {
    if (Object.keys(r.annotations).length > 0) refuse('annotations', "invalid field 'annotations' in recording rule");
    if (r.for) refuse('for', "invalid field 'for' in recording rule");
    if (r.keep_firing_for) refuse('keep_firing_for', "invalid field 'keep_firing_for' in recording rule");
    if (!metricName.test(r.record)) refuse('record', `invalid recording rule name: ${r.record}`);
    return { type: 'recording', ...base };
  }
  const badAnnotation = Object.keys(r.annotations).find((label) => !labelName.test(label));
  if (badAnnotation !== undefined) refuse('annotations', `invalid annotation name: ${badAnnotation}`);
  for (const key of ['labels', 'annotations'] as const) {
    for (const [label, template] of Object.entries(r[key])) {
      const wrong = checkTemplate(template);
      if (wrong !== undefined)
        refuse(key, `${key === 'labels' ? 'label' : 'annotation'} "${label}": template: __alert_${name}: ${wrong}`);
    }
  }
  return {
    type: 'alerting',
    ...base,
    forMs: r.for ?? 0,
    keepFiringMs: r.keep_firing_for ?? 0,
    annotations: r.annotations,
  };
}
