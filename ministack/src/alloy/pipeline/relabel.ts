import { createHash } from 'node:crypto';
import { err, ok, type Result } from '@plumbline/contracts';
import type { Value } from '@plumbline/formats/alloy';
import { compileRe2 } from '@plumbline/formats/re2';
import type { Arguments } from '../config/arguments.ts';
import type { Labels } from './entry.ts';
import { expand, isTemplate } from './expand.ts';

const actions = [
  'replace',
  'keep',
  'drop',
  'hashmod',
  'labelmap',
  'labeldrop',
  'labelkeep',
  'lowercase',
  'uppercase',
  'keepequal',
  'dropequal',
] as const;
const target = /^(?:(?:[a-zA-Z_]|\$(?:\{\w+\}|\w+))+\w*)+$/;
const labelName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Changes labels by one rule; undefined drops them. */
export type Rule = (labels: Labels) => Labels | undefined;

/** Makes a rule of its decoded block, or says what of it Prometheus would refuse. */
export function relabelRule(args: Arguments): Result<Rule, string> {
  const v = args.values;
  const action = actions.find((a) => a === v.action);
  if (action === undefined) return err(`unrecognized action type "${String(v.action)}"`);
  const [separator, to, replacement] = [v.separator, v.target_label, v.replacement] as [string, string, string];
  const modulus = v.modulus as bigint;
  const refused = refusal(action, args, to, replacement, modulus);
  if (refused) return err(refused);
  const compiled = compileRe2(v.regex as string, { full: true });
  if (!compiled.ok) return err(compiled.failure.message);
  const regex = compiled.value;
  const from = ((v.source_labels as readonly Value[] | null) ?? []) as readonly string[];
  const source = (labels: Labels) => from.map((name) => labels[name] ?? '').join(separator);
  const map = (labels: Labels, change: (name: string, value: string) => readonly [string, string] | undefined) =>
    Object.fromEntries(
      Object.entries(labels).flatMap(([n, value]) => [change(n, value)].filter((p) => p !== undefined)),
    );

  switch (action) {
    case 'keep':
      return ok((labels) => (regex.test(source(labels)) ? labels : undefined));
    case 'drop':
      return ok((labels) => (regex.test(source(labels)) ? undefined : labels));
    case 'keepequal':
      return ok((labels) => (source(labels) === (labels[to] ?? '') ? labels : undefined));
    case 'dropequal':
      return ok((labels) => (source(labels) === (labels[to] ?? '') ? undefined : labels));
    case 'lowercase':
      return ok((labels) => withLabel(labels, to, source(labels).toLowerCase()));
    case 'uppercase':
      return ok((labels) => withLabel(labels, to, source(labels).toUpperCase()));
    case 'hashmod':
      return ok((labels) => withLabel(labels, to, hashMod(source(labels), modulus)));
    case 'labeldrop':
      return ok((labels) => map(labels, (name, value) => (regex.test(name) ? undefined : [name, value])));
    case 'labelkeep':
      return ok((labels) => map(labels, (name, value) => (regex.test(name) ? [name, value] : undefined)));
    case 'labelmap':
      return ok((labels) => {
        const added = Object.entries(labels).flatMap(([name, value]) => {
          const match = regex.exec(name);
          return match ? [[expand(replacement, match), value] as const] : [];
        });
        return { ...labels, ...Object.fromEntries(added) };
      });
    case 'replace':
      return ok((labels) => {
        const match = regex.exec(source(labels));
        if (!match) return labels;
        const name = isTemplate(to) ? expand(to, match) : to;
        return labelName.test(name) ? withLabel(labels, name, expand(replacement, match)) : labels;
      });
  }
}

/** An empty value takes the label away. */
function withLabel(labels: Labels, name: string, value: string): Labels {
  const { [name]: _, ...rest } = labels;
  return value === '' ? rest : { ...labels, [name]: value };
}

/** The last eight bytes of the MD5, as a number, modulo. */
function hashMod(text: string, modulus: bigint): string {
  const last = createHash('md5').update(text).digest().subarray(8);
  return String(last.readBigUInt64BE() % modulus);
}

function refusal(
  action: (typeof actions)[number],
  args: Arguments,
  to: string,
  replacement: string,
  modulus: bigint,
): string | undefined {
  const writes = ['replace', 'hashmod', 'lowercase', 'uppercase', 'keepequal', 'dropequal'].includes(action);
  const extra = (allowed: readonly string[]) =>
    [...args.given].some((name) => name !== 'action' && !allowed.includes(name));
  if (action === 'hashmod' && modulus === 0n) return 'relabel configuration for hashmod requires non-zero modulus';
  if (writes && to === '') return `relabel configuration for ${action} action requires 'target_label' value`;
  if (writes && !(action === 'hashmod' ? labelName : target).test(to))
    return `"${to}" is invalid 'target_label' for ${action} action`;
  if (writes && action !== 'replace' && action !== 'hashmod' && replacement !== '$1')
    return `'replacement' can not be set for ${action} action`;
  if (action === 'labelmap' && !target.test(replacement))
    return `"${replacement}" is invalid 'replacement' for labelmap action`;
  if ((action === 'labeldrop' || action === 'labelkeep') && extra(['regex']))
    return `${action} action requires only 'regex', and no other fields`;
  if ((action === 'keepequal' || action === 'dropequal') && extra(['source_labels', 'target_label'])) {
    return `${action} action requires only 'source_labels' and 'target_label', and no other fields`;
  }
  return undefined;
}
