/** A label matcher of a selector, or a string comparison of a label filter. `test` is complete: anchored, negated. */
export interface Matcher {
  readonly name: string;
  readonly op: MatchOp;
  readonly value: string;
  /** Whether a label of this value (empty where the label is absent) is let through. */
  readonly test: (value: string) => boolean;
}

export type MatchOp = '=' | '!=' | '=~' | '!~';

/** `|= "a" or "b"`: `test` answers whether a line is let through. */
export interface LineFilterStage {
  readonly kind: 'line';
  readonly op: '|=' | '!=' | '|~' | '!~';
  readonly texts: readonly string[];
  readonly test: (line: string) => boolean;
}

export type LabelFilter =
  | { readonly kind: 'match'; readonly matcher: Matcher }
  | {
      readonly kind: 'compare';
      readonly name: string;
      readonly op: '==' | '!=' | '>' | '>=' | '<' | '<=';
      /** A plain number, seconds of a duration, or bytes of a size. */
      readonly value: number;
      readonly unit: 'number' | 'duration' | 'bytes';
    }
  | { readonly kind: 'and' | 'or'; readonly left: LabelFilter; readonly right: LabelFilter };

/** One step of a log pipeline. */
export type Stage =
  | LineFilterStage
  | { readonly kind: 'json' }
  | { readonly kind: 'logfmt' }
  | { readonly kind: 'label'; readonly filter: LabelFilter }
  | { readonly kind: 'drop' | 'keep'; readonly names: readonly string[] }
  /** Literal texts and label names in turn: `{{.name}}` is the only template action that is read. */
  | {
      readonly kind: 'line_format';
      readonly parts: readonly ({ readonly text: string } | { readonly label: string })[];
    };

/** A query for lines. */
export interface LogQuery {
  readonly kind: 'log';
  readonly matchers: readonly Matcher[];
  readonly stages: readonly Stage[];
}

export type BinaryOp = '+' | '-' | '*' | '/' | '%' | '^' | '==' | '!=' | '>' | '>=' | '<' | '<=';

/** A query for numbers. */
export type MetricQuery =
  | {
      readonly kind: 'range';
      readonly op: 'count_over_time' | 'rate' | 'bytes_over_time' | 'bytes_rate';
      readonly log: LogQuery;
      readonly rangeNs: bigint;
    }
  | {
      readonly kind: 'aggregate';
      readonly op: 'sum' | 'min' | 'max' | 'avg' | 'count';
      /** Absent: everything into one series. */
      readonly grouping?: { readonly without: boolean; readonly labels: readonly string[] };
      readonly inner: MetricQuery;
    }
  | { readonly kind: 'top'; readonly op: 'topk' | 'bottomk'; readonly k: number; readonly inner: MetricQuery }
  | {
      readonly kind: 'binary';
      readonly op: BinaryOp;
      readonly bool: boolean;
      readonly left: MetricQuery;
      readonly right: MetricQuery;
    }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'vector'; readonly value: number };

export type Query = LogQuery | MetricQuery;
