/** Labels of a stream, in the order of their names. */
export type Labels = Readonly<Record<string, string>>;

/** A label set as Loki writes it, which is also a stream's identity: `{a="b", c="d"}`. */
export function labelText(labels: Labels): string {
  return `{${Object.keys(labels)
    .sort(byCode)
    .map((name) => `${name}=${JSON.stringify(labels[name])}`)
    .join(', ')}}`;
}

/** The value of a label, and of none that every object inherits. */
export function labelOf(labels: Labels, name: string): string | undefined {
  return Object.hasOwn(labels, name) ? labels[name] : undefined;
}

/** The same labels with their names in order. */
export function sorted(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).sort(([a], [b]) => byCode(a, b)));
}

/** Orders by code, as Go does, and not by a language's rules. */
export function byCode(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
