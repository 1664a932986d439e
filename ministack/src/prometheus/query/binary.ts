import type { BinaryOp, Expr, Matching } from '@plumbline/formats/promql';
import { keyOf, type Labels, labelsOf, onlyThose, without, withoutName } from '../labels.ts';
import { arithmetic, compare } from './arithmetic.ts';
import { QueryFault, type Sample, type Value } from './value.ts';

type Binary = Extract<Expr, { kind: 'binary' }>;

/** An operation on the values of both sides. */
export function evaluateBinary({ op, bool, matching }: Binary, left: Value, right: Value): Value {
  if (left.type === 'scalar' && right.type === 'scalar') {
    const value = arithmetic(op, left.value, right.value) ?? Number(compare(op, left.value, right.value));
    return { type: 'scalar', value };
  }
  if (left.type === 'vector' && right.type === 'vector') {
    const how = matching ?? { on: false, labels: [], include: [], card: 'one-to-one' };
    const samples =
      op === 'and' || op === 'or' || op === 'unless'
        ? setOperation(op, left.samples, right.samples, how)
        : joined(op, bool, left.samples, right.samples, how);
    return { type: 'vector', samples };
  }
  if (left.type === 'vector' && right.type === 'scalar') {
    return { type: 'vector', samples: withScalar(op, bool, left.samples, (v) => [v, right.value]) };
  }
  if (left.type === 'scalar' && right.type === 'vector') {
    return { type: 'vector', samples: withScalar(op, bool, right.samples, (v) => [left.value, v]) };
  }
  throw new Error(`an operation on ${left.type} and ${right.type} passed the type check`);
}

function withScalar(
  op: BinaryOp,
  bool: boolean,
  samples: readonly Sample[],
  sides: (value: number) => readonly [number, number],
): readonly Sample[] {
  return samples.flatMap(({ labels, value }) => {
    const [a, b] = sides(value);
    const computed = arithmetic(op, a, b);
    if (computed !== undefined) return [{ labels: withoutName(labels), value: computed }];
    const holds = compare(op, a, b) === true;
    if (bool) return [{ labels: withoutName(labels), value: Number(holds) }];
    return holds ? [{ labels, value }] : [];
  });
}

function signature({ on, labels }: Matching): (labels: Labels) => string {
  const names = new Set(labels);
  return on ? (set) => keyOf(onlyThose(set, names)) : (set) => keyOf(without(set, names));
}

function setOperation(
  op: 'and' | 'or' | 'unless',
  left: readonly Sample[],
  right: readonly Sample[],
  matching: Matching,
): readonly Sample[] {
  const key = signature(matching);
  if (op === 'or') {
    const there = new Set(left.map((s) => key(s.labels)));
    return [...left, ...right.filter((s) => !there.has(key(s.labels)))].map(untimed);
  }
  const there = new Set(right.map((s) => key(s.labels)));
  return left.filter((s) => there.has(key(s.labels)) === (op === 'and')).map(untimed);
}

const untimed = ({ labels, value }: Sample): Sample => ({ labels, value });

/** One-to-one, or with the "many" side on the left or right. */
function joined(
  op: BinaryOp,
  bool: boolean,
  left: readonly Sample[],
  right: readonly Sample[],
  matching: Matching,
): readonly Sample[] {
  if (left.length === 0 || right.length === 0) return [];
  const swapped = matching.card === 'one-to-many';
  const [many, one] = swapped ? [right, left] : [left, right];
  const key = signature(matching);
  const ones = new Map<string, Sample>();
  for (const sample of one) {
    const at = key(sample.labels);
    const twin = ones.get(at);
    if (twin !== undefined) throw duplicates(swapped ? 'left' : 'right', sample, twin, matching);
    ones.set(at, sample);
  }
  const made = new Map<string, string>();
  return many.flatMap((sample) => {
    const at = key(sample.labels);
    const partner = ones.get(at);
    if (partner === undefined) return [];
    const [a, b] = swapped ? [partner.value, sample.value] : [sample.value, partner.value];
    const computed = arithmetic(op, a, b);
    const holds = compare(op, a, b) === true;
    if (computed === undefined && !bool && !holds) return [];
    const labels = resultLabels(sample.labels, partner.labels, computed !== undefined || bool, matching);
    const group = matching.card === 'one-to-one' ? at : keyOf(labels);
    if (made.has(group)) {
      throw new QueryFault(
        matching.card === 'one-to-one'
          ? 'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)'
          : 'multiple matches for labels: grouping labels must ensure unique matches',
      );
    }
    made.set(group, at);
    return [{ labels, value: computed ?? (bool ? Number(holds) : a) }];
  });
}

function resultLabels(many: Labels, one: Labels, dropName: boolean, matching: Matching): Labels {
  const names = new Set(matching.labels);
  const base = dropName ? withoutName(many) : many;
  if (matching.card === 'one-to-one') {
    if (matching.on) return onlyThose(base, names);
    return labelsOf(Object.entries(base).filter(([name]) => !names.has(name)));
  }
  const included = matching.include.map((name) => [name, one[name] ?? ''] as const);
  return labelsOf(Object.entries({ ...base, ...Object.fromEntries(included) }));
}

function duplicates(side: string, a: Sample, b: Sample, { labels, on }: Matching): QueryFault {
  const names = new Set(labels);
  const group = on ? onlyThose(a.labels, names) : without(a.labels, names);
  return new QueryFault(
    `found duplicate series for the match group ${text(group)} on the ${side} hand-side of the operation: ` +
      `[${text(a.labels)}, ${text(b.labels)}];many-to-many matching not allowed: matching labels must be unique on one side`,
  );
}

function text(labels: Labels): string {
  return `{${Object.entries(labels)
    .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
    .join(', ')}}`;
}
