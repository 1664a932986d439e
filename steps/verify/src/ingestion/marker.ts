import type { Environment, SecretsPort } from '@plumbline/contracts';

/** One line of the proof. */
export interface MarkedLine {
  readonly n: number;
  /** The redaction rule that must mask it; undefined for the plain line. */
  readonly rule?: string;
  readonly text: string;
}

/** What the proof writes: a marker that no other line has, and one planted secret in every form that the policy masks. */
export interface Marker {
  readonly id: string;
  readonly secret: string;
  readonly lines: readonly MarkedLine[];
}

/** Makes a new marker with a line for each redaction rule of the stack's secrets policy. */
export function makeMarker(config: Environment, secrets: SecretsPort): Marker {
  const id = `plumb-${secrets.random(8)}`;
  const secret = secrets.plant(18);
  const prefix = (n: number) => `plumbline-probe marker=${id} n=${n}`;
  const planted = config.secretsPolicy.redaction.map((rule, i) => {
    return {
      n: i + 1,
      rule: rule.name,
      text: `${prefix(i + 1)} rule=${rule.name} ${rule.sample.replaceAll('{secret}', secret)}`,
    };
  });
  return { id, secret, lines: [{ n: 0, text: `${prefix(0)} this line proves that logs arrive` }, ...planted] };
}

/** The number of a line of this marker; undefined for any other line. */
export function lineNumber(marker: Marker, line: string): number | undefined {
  const found = new RegExp(`marker=${marker.id} n=(\\d+)\\b`).exec(line);
  return found?.[1] === undefined ? undefined : Number(found[1]);
}
