export type MatchOp = '=' | '!=' | '=~' | '!~';

/** A label matcher with its test; an absent label counts as empty. */
export interface Matcher {
  readonly name: string;
  readonly op: MatchOp;
  readonly value: string;
  readonly test: (text: string) => boolean;
}

/** The newest sample of each series within the look-back, at a time that `offsetMs` shifts into the past. */
export interface Selector {
  readonly kind: 'selector';
  /** The metric's name where it stands before the braces; it is among the matchers too. */
  readonly name?: string;
  readonly matchers: readonly Matcher[];
  readonly offsetMs: number;
}

/** All samples of a span of time. */
export interface RangeSelector {
  readonly kind: 'range';
  readonly selector: Selector;
  readonly rangeMs: number;
}

export type ArithmeticOp = '+' | '-' | '*' | '/' | '%' | '^';
export type ComparisonOp = '==' | '!=' | '>' | '<' | '>=' | '<=';
export type SetOp = 'and' | 'or' | 'unless';
export type BinaryOp = ArithmeticOp | ComparisonOp | SetOp;

/** How the series of two sides find each other. */
export interface Matching {
  readonly on: boolean;
  readonly labels: readonly string[];
  readonly card: 'one-to-one' | 'many-to-one' | 'one-to-many' | 'many-to-many';
  /** Labels taken over from the "one" side. */
  readonly include: readonly string[];
}

export type AggregateOp =
  | 'sum'
  | 'avg'
  | 'min'
  | 'max'
  | 'count'
  | 'group'
  | 'stddev'
  | 'stdvar'
  | 'topk'
  | 'bottomk'
  | 'quantile'
  | 'count_values';

export interface Grouping {
  readonly without: boolean;
  readonly labels: readonly string[];
}

export type Expr =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | Selector
  | RangeSelector
  | { readonly kind: 'paren'; readonly inner: Expr }
  | { readonly kind: 'unary'; readonly op: '+' | '-'; readonly inner: Expr }
  | {
      readonly kind: 'binary';
      readonly op: BinaryOp;
      readonly bool: boolean;
      /** Present where both sides are vectors. */
      readonly matching?: Matching;
      readonly left: Expr;
      readonly right: Expr;
    }
  | {
      readonly kind: 'aggregate';
      readonly op: AggregateOp;
      readonly grouping: Grouping;
      readonly param?: Expr;
      readonly inner: Expr;
    }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expr[] };

export type ValueType = 'scalar' | 'string' | 'vector' | 'matrix';
