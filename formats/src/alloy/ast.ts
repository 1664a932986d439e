/** A place in a file. `line` and `column` count from 1, `offset` from 0; columns and offsets are in UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
  readonly offset: number;
}

/** A parsed file. */
export interface AlloyFile {
  readonly name: string;
  readonly body: readonly Statement[];
}

export type Statement = Attribute | Block;

/** `name = value`. */
export interface Attribute {
  readonly kind: 'attribute';
  readonly name: string;
  readonly value: Expression;
  readonly pos: Position;
}

/** `name.with.dots "label" { … }`. */
export interface Block {
  readonly kind: 'block';
  readonly name: readonly string[];
  readonly label?: string;
  readonly body: readonly Statement[];
  readonly pos: Position;
  readonly end: Position;
}

export type BinaryOperator = '||' | '&&' | '==' | '!=' | '<' | '<=' | '>' | '>=' | '+' | '-' | '*' | '/' | '%' | '^';

export interface Literal {
  readonly kind: 'literal';
  readonly type: 'string' | 'number' | 'float' | 'bool' | 'null';
  /** As written, quotes and escapes included. */
  readonly raw: string;
  readonly pos: Position;
}

/** One field of an object; `quoted` fields keep their name as written between the quotes. */
export interface Field {
  readonly name: string;
  readonly quoted: '' | '"' | '`';
  readonly value: Expression;
  readonly pos: Position;
}

export type Expression =
  | Literal
  | { readonly kind: 'array'; readonly elements: readonly Expression[]; readonly pos: Position }
  | { readonly kind: 'object'; readonly fields: readonly Field[]; readonly pos: Position }
  | { readonly kind: 'identifier'; readonly name: string; readonly pos: Position }
  | {
      readonly kind: 'access';
      readonly of: Expression;
      readonly name: string;
      readonly namePos: Position;
      readonly pos: Position;
    }
  | { readonly kind: 'index'; readonly of: Expression; readonly index: Expression; readonly pos: Position }
  | { readonly kind: 'call'; readonly callee: Expression; readonly args: readonly Expression[]; readonly pos: Position }
  | { readonly kind: 'paren'; readonly inner: Expression; readonly pos: Position }
  | { readonly kind: 'unary'; readonly op: '!' | '-'; readonly operand: Expression; readonly pos: Position }
  | {
      readonly kind: 'binary';
      readonly op: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
      readonly pos: Position;
    };

/** The dotted name of a block. */
export function blockName(block: Block): string {
  return block.name.join('.');
}
