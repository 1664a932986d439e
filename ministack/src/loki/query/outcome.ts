import type { Labels } from '../labels.ts';

/** A value a step; undefined where the series has none there. */
type Values = readonly (number | undefined)[];

export interface Series {
  readonly labels: Labels;
  readonly values: Values;
}

/** What a metric query comes to at each step. */
export type Outcome =
  | { readonly kind: 'scalar'; readonly values: readonly number[] }
  | { readonly kind: 'vector'; readonly series: readonly Series[] };
