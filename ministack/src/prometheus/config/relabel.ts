import { createHash } from 'node:crypto';
import { compileRe2 } from '@plumbline/formats/re2';
import { expand } from '../../alloy/pipeline/expand.ts';
import { type Labels, labelsOf } from '../labels.ts';
import { ConfigFault, isMap, list, type Node, struct, text, whole } from './decode.ts';

const actions = [
  'replace',
  'keep',
  'drop',
  'keepequal',
  'dropequal',
  'hashmod',
  'labelmap',
  'labeldrop',
  'labelkeep',
  'lowercase',
  'uppercase',
] as const;
type Action = (typeof actions)[number];

/** One rule, as it is shown and as it is applied; `apply` answers undefined for what it drops. */
export interface RelabelRule {
  readonly shown: Readonly<Record<string, unknown>>;
  readonly apply: (labels: Labels) => Labels | undefined;
}

const target = /^(?:(?:[a-zA-Z_]|\$(?:\{\w+\}|\w+))+\w*)+$/;
const labelName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

export const relabelRules = list(readRule);

/** All rules in order; undefined where one of them drops. */
export function relabel(labels: Labels, rules: readonly RelabelRule[]): Labels | undefined {
  let current: Labels | undefined = labels;
  for (const rule of rules) {
    current = rule.apply(current);
    if (current === undefined) return undefined;
  }
  return current;
}

function readRule(node: Node): RelabelRule {
  const r = struct(node, 'relabel.plain', {
    source_labels: list(text()),
    separator: text(';'),
    regex: text('(.*)'),
    modulus: whole(0),
    target_label: text(),
    replacement: text('$1'),
    action: (n) => text('replace')(n).toLowerCase(),
  });
  const action = actions.find((a) => a === r.action);
  if (action === undefined) throw new ConfigFault(`unknown relabel action "${r.action}"`);
  const bad = r.source_labels.find((name) => !labelName.test(name));
  if (bad !== undefined) throw new ConfigFault(`"${bad}" is not a valid label name`);
  const regex = compileRe2(r.regex, { full: true });
  if (!regex.ok) throw new ConfigFault(regex.failure.message);
  const given = isMap(node.value) ? Object.keys(node.value) : [];
  const refused = refusal(action, { ...r, given });
  if (refused !== undefined) throw new ConfigFault(refused);
  const source = (labels: Labels) => r.source_labels.map((name) => labels[name] ?? '').join(r.separator);
  return {
    shown: shown(r, action),
    apply: applier(action, { ...r, source, regex: regex.value }),
  };
}

interface Rule {
  readonly target_label: string;
  readonly replacement: string;
  readonly modulus: number;
}

function applier(
  action: Action,
  rule: Rule & { readonly source: (labels: Labels) => string; readonly regex: RegExp },
): (labels: Labels) => Labels | undefined {
  const { source, regex, target_label: to, replacement } = rule;
  const set = (labels: Labels, name: string, value: string) => labelsOf(Object.entries({ ...labels, [name]: value }));
  const kept = (labels: Labels, wanted: (name: string) => boolean) =>
    Object.fromEntries(Object.entries(labels).filter(([name]) => wanted(name)));
  switch (action) {
    case 'keep':
      return (labels) => (regex.test(source(labels)) ? labels : undefined);
    case 'drop':
      return (labels) => (regex.test(source(labels)) ? undefined : labels);
    case 'keepequal':
      return (labels) => (source(labels) === (labels[to] ?? '') ? labels : undefined);
    case 'dropequal':
      return (labels) => (source(labels) === (labels[to] ?? '') ? undefined : labels);
    case 'lowercase':
      return (labels) => set(labels, to, source(labels).toLowerCase());
    case 'uppercase':
      return (labels) => set(labels, to, source(labels).toUpperCase());
    case 'hashmod':
      return (labels) => set(labels, to, hashMod(source(labels), rule.modulus));
    case 'labeldrop':
      return (labels) => kept(labels, (name) => !regex.test(name));
    case 'labelkeep':
      return (labels) => kept(labels, (name) => regex.test(name));
    case 'labelmap':
      return (labels) =>
        labelsOf([
          ...Object.entries(labels),
          ...Object.entries(labels).flatMap(([name, value]) => {
            const match = regex.exec(name);
            return match ? [[expand(replacement, match), value] as const] : [];
          }),
        ]);
    case 'replace':
      return (labels) => {
        const match = regex.exec(source(labels));
        if (match === null) return labels;
        const name = to.includes('$') ? expand(to, match) : to;
        return labelName.test(name) ? set(labels, name, expand(replacement, match)) : labels;
      };
  }
}

/** The last eight bytes of the MD5, as a number, modulo. */
function hashMod(value: string, modulus: number): string {
  const last = createHash('md5').update(value).digest().subarray(8);
  return String(last.readBigUInt64BE() % BigInt(modulus));
}

function refusal(action: Action, rule: Rule & { readonly given: readonly string[] }): string | undefined {
  const { target_label: to, replacement, modulus, given } = rule;
  const writes = ['replace', 'hashmod', 'lowercase', 'uppercase', 'keepequal', 'dropequal'].includes(action);
  const beside = (allowed: readonly string[]) => given.some((name) => name !== 'action' && !allowed.includes(name));
  if (action === 'hashmod' && modulus === 0) return 'relabel configuration for hashmod requires non-zero modulus';
  if (writes && to === '') return `relabel configuration for ${action} action requires 'target_label' value`;
  if (writes && !(action === 'replace' ? target : labelName).test(to)) {
    return `"${to}" is invalid 'target_label' for ${action} action`;
  }
  if (['lowercase', 'uppercase', 'keepequal', 'dropequal'].includes(action) && replacement !== '$1') {
    return `'replacement' can not be set for ${action} action`;
  }
  if (action === 'labelmap' && !target.test(replacement)) {
    return `"${replacement}" is invalid 'replacement' for labelmap action`;
  }
  if ((action === 'labeldrop' || action === 'labelkeep') && beside(['regex'])) {
    return `${action} action requires only 'regex', and no other fields`;
  }
  if ((action === 'keepequal' || action === 'dropequal') && beside(['source_labels', 'target_label'])) {
    return `${action} action requires only 'source_labels' and 'target_label', and no other fields`;
  }
  return undefined;
}

/** As Prometheus prints it: what is empty is left out. */
function shown(
  r: Rule & { readonly source_labels: readonly string[]; readonly separator: string; readonly regex: string },
  action: Action,
): Readonly<Record<string, unknown>> {
  return {
    ...(r.source_labels.length > 0 ? { source_labels: r.source_labels } : {}),
    separator: r.separator,
    regex: r.regex,
    ...(r.modulus > 0 ? { modulus: r.modulus } : {}),
    ...(r.target_label === '' ? {} : { target_label: r.target_label }),
    replacement: r.replacement,
    action,
  };
}
