import type { MetricFamily, MetricType } from '@plumbline/formats/exposition';

export type Labels = Readonly<Record<string, string>>;

/** A family of one name with a value for each set of labels. */
export function family(
  name: string,
  type: MetricType,
  help: string,
  values: readonly (readonly [Labels, number])[],
): MetricFamily {
  return { name, type, help, samples: values.map(([labels, value]) => ({ name, labels, value })) };
}

export function single(name: string, type: MetricType, help: string, value: number): MetricFamily {
  return family(name, type, help, [[{}, value]]);
}
