/** Labels of a line. Never changed in place, so that results can be remembered by identity. */
export type Labels = Readonly<Record<string, string>>;

/** A line on its way. Stages change the line and what was extracted; labels are replaced as a whole. */
export interface Entry {
  labels: Labels;
  line: string;
  extracted: Record<string, unknown> | undefined;
  /** Where the line came from, for messages. */
  readonly origin: { readonly path: string; readonly offset: number };
}

/** Takes an entry and passes it on, or not. */
export type Handler = (entry: Entry) => void;

/** `{a="1", b="2"}`, as Prometheus' label sets print themselves. */
export function labelText(labels: Labels): string {
  const names = Object.keys(labels).sort();
  return `{${names.map((name) => `${name}=${JSON.stringify(labels[name])}`).join(', ')}}`;
}
