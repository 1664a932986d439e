/** A series' labels, its name under `__name__`, in the order of their names. */
export type Labels = Readonly<Record<string, string>>;

export const nameLabel = '__name__';

/** Drops empty labels, which count as absent, and puts the rest in order. */
export function labelsOf(pairs: Iterable<readonly [string, string]>): Labels {
  return Object.fromEntries([...pairs].filter(([, value]) => value !== '').sort(([a], [b]) => byCode(a, b)));
}

/** One text a label set: neither names nor values of UTF-8 text hold these separators. */
export function keyOf(labels: Labels): string {
  let key = '';
  for (const name in labels) key += `${name}\u0001${labels[name]}\u0002`;
  return key;
}

export function withoutName(labels: Labels): Labels {
  if (labels[nameLabel] === undefined) return labels;
  const { [nameLabel]: _, ...rest } = labels;
  return rest;
}

export function without(labels: Labels, names: ReadonlySet<string>): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => name !== nameLabel && !names.has(name)));
}

export function onlyThose(labels: Labels, names: ReadonlySet<string>): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => names.has(name)));
}

export function byCode(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Orders label sets as Prometheus does: by the first name or value in which they differ. */
export function byLabels(a: Labels, b: Labels): number {
  const [left, right] = [Object.entries(a).flat(), Object.entries(b).flat()];
  for (let n = 0; n < Math.min(left.length, right.length); n += 1) {
    const order = byCode(left[n] ?? '', right[n] ?? '');
    if (order !== 0) return order;
  }
  return left.length - right.length;
}
