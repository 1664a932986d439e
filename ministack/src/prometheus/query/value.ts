import type { Labels } from '../labels.ts';
import type { Series } from '../store/series.ts';

export interface Sample {
  readonly labels: Labels;
  readonly value: number;
  /** When it was scraped, for what comes straight from a selector. */
  readonly time?: number;
}

/** A series' samples in a span of time, stale markers left out. */
export interface Window {
  readonly labels: Labels;
  readonly times: readonly number[];
  readonly values: readonly number[];
}

export type Value =
  | { readonly type: 'scalar'; readonly value: number }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'vector'; readonly samples: readonly Sample[] }
  | { readonly type: 'matrix'; readonly windows: readonly Window[]; readonly start: number; readonly end: number };

/** Refusals of an expression that parsed: Prometheus answers them with 422, one that takes too long with 503. */
export class QueryFault extends Error {
  readonly kind: 'execution' | 'timeout';

  constructor(message: string, kind: QueryFault['kind'] = 'execution') {
    super(message);
    this.kind = kind;
  }
}

/** What the evaluation at one moment needs to know. */
export interface Moment {
  readonly time: number;
  readonly lookbackMs: number;
  /** The series of a selector, found once a query. */
  readonly seriesOf: (selector: object) => readonly Series[];
  /** Counts samples that are read, and throws where a query reads too many or takes too long. */
  readonly spend: (samples: number) => void;
}

export function vectorOf(value: Value): readonly Sample[] {
  if (value.type !== 'vector') throw new Error(`a vector was promised, not a ${value.type}`);
  return value.samples;
}

export function scalarOf(value: Value): number {
  if (value.type !== 'scalar') throw new Error(`a scalar was promised, not a ${value.type}`);
  return value.value;
}

export function textOf(value: Value): string {
  if (value.type !== 'string') throw new Error(`a string was promised, not a ${value.type}`);
  return value.value;
}
