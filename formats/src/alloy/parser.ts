import { err, failure, ok, type Result } from '@plumbline/contracts';
import type { AlloyFile, BinaryOperator, Expression, Field, Position, Statement } from './ast.ts';
import { isIdentifier, type Lexed, lex, type Token, type TokenKind } from './lexer.ts';

/** Deeper nesting than any file has; it keeps the recursion here and in every reader of the tree bounded. */
const maxDepth = 300;

const precedence: Readonly<Partial<Record<TokenKind, number>>> = {
  '||': 1,
  '&&': 2,
  '==': 3,
  '!=': 3,
  '<': 3,
  '<=': 3,
  '>': 3,
  '>=': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
};

/** Reads a file in the Alloy configuration syntax. A fault is the first one, with its place. */
export function parseAlloy(source: string, file = 'config.alloy'): Result<AlloyFile> {
  return new Parser(lex(source), file).run((parser) => ({ name: file, body: parser.body('EOF') }));
}

/** Reads one expression, which must be the whole text. */
export function parseAlloyExpression(source: string, file = 'expression'): Result<Expression> {
  return new Parser(lex(source), file).run((parser) => parser.expression());
}

class Parser {
  private readonly lexed: Lexed;
  private readonly file: string;
  private at = 0;
  private depth = 0;
  private error: { readonly message: string; readonly pos: Position } | undefined;

  constructor(lexed: Lexed, file: string) {
    this.lexed = lexed;
    this.file = file;
  }

  run<T>(parse: (parser: Parser) => T): Result<T> {
    const value = parse(this);
    if (this.kind === 'TERMINATOR') this.next();
    if (this.kind !== 'EOF') this.fail(`expected EOF, got ${this.kind}`);
    const lexError = this.lexed.error;
    const error =
      this.error && lexError && this.error.pos.offset >= lexError.pos.offset ? lexError : (this.error ?? lexError);
    if (error === undefined) return ok(value);
    const place = { file: this.file, line: error.pos.line, column: error.pos.column };
    return err(failure('E_CONFIG_PARSE', error.message, { place }));
  }

  private get token(): Token {
    return this.lexed.tokens[this.at]!;
  }

  /** After a fault every token reads as the end, so that all loops end. */
  private get kind(): TokenKind {
    return this.error ? 'EOF' : this.token.kind;
  }

  private next(): Token {
    const token = this.token;
    if (this.at < this.lexed.tokens.length - 1) this.at++;
    return token;
  }

  private fail(message: string, pos = this.token.pos): void {
    this.error ??= { message, pos };
  }

  private expect(kind: TokenKind): Token {
    if (this.kind !== kind) this.fail(`expected ${kind}, got ${this.kind}`);
    return this.next();
  }

  private nested<T>(parse: () => T, otherwise: T): T {
    if (this.depth >= maxDepth) {
      this.fail('nested too deeply');
      return otherwise;
    }
    this.depth++;
    const value = parse();
    this.depth--;
    return value;
  }

  body(until: TokenKind): Statement[] {
    const statements: Statement[] = [];
    while (this.kind !== until && this.kind !== 'EOF') {
      const statement = this.nested(() => this.statement(), undefined);
      if (statement) statements.push(statement);
      if (this.kind === until) break;
      if (this.kind !== 'TERMINATOR') this.fail(`expected TERMINATOR, got ${this.kind}`);
      this.next();
    }
    return statements;
  }

  private statement(): Statement | undefined {
    const start = this.token;
    const name: string[] = [this.expectName()];
    while (this.kind === '.') {
      this.next();
      name.push(this.expectName());
    }
    const label = this.kind === '=' || this.kind === '{' ? undefined : this.label(name);
    if (this.kind === '=') {
      this.next();
      if (name.length > 1) this.fail('attribute names may only consist of a single identifier with no "."', start.pos);
      if (label) this.fail('attribute names may not have labels', label.pos);
      return { kind: 'attribute', name: name[0]!, value: this.expression(), pos: start.pos };
    }
    if (this.kind !== '{') {
      const either = name.length === 1 && !label?.text;
      this.fail(`expected ${either ? 'attribute assignment or ' : ''}block body, got ${this.kind}`);
      return undefined;
    }
    this.next();
    const body = this.body('}');
    const end = this.expect('}').pos;
    return { kind: 'block', name, ...(label?.text ? { label: label.text } : {}), body, pos: start.pos, end };
  }

  private expectName(): string {
    if (this.kind !== 'IDENT') this.fail(`expected identifier, got ${this.kind}`);
    return this.next().text;
  }

  private label(name: readonly string[]): { text: string; pos: Position } | undefined {
    if (this.kind !== 'STRING') {
      if (name.length === 1 && this.kind !== 'IDENT')
        this.fail(`expected attribute assignment or block body, got ${this.kind}`);
      this.fail(`expected block label, got ${this.kind}`);
      return undefined;
    }
    const { text: raw, pos } = this.token;
    if (!raw.startsWith('"'))
      this.fail(`expected block label to be a double quoted string, but got ${JSON.stringify(raw)}`);
    const text = raw.slice(1, -1);
    if (text !== '' && !isIdentifier(text)) {
      this.fail(`expected block label to be a valid identifier, but got ${JSON.stringify(text)}`);
    }
    this.next();
    return { text, pos };
  }

  expression(): Expression {
    const nothing: Expression = { kind: 'literal', type: 'null', raw: 'null', pos: this.token.pos };
    return this.nested(() => this.binary(1), nothing);
  }

  private binary(min: number): Expression {
    let left = this.power();
    for (let height = 0; ; height++) {
      const level = precedence[this.kind] ?? 0;
      if (level < min) return left;
      if (height >= maxDepth) this.fail('expression is too long');
      const op = this.next().text as BinaryOperator;
      left = { kind: 'binary', op, left, right: this.binary(level + 1), pos: left.pos };
    }
  }

  /** `^` binds to the right. */
  private power(): Expression {
    const left = this.unary();
    if (this.kind !== '^') return left;
    this.next();
    return { kind: 'binary', op: '^', left, right: this.nested(() => this.power(), left), pos: left.pos };
  }

  private unary(): Expression {
    const { kind, pos } = this.token;
    if (this.error || (kind !== '!' && kind !== '-')) return this.postfix();
    this.next();
    const nothing: Expression = { kind: 'literal', type: 'null', raw: 'null', pos };
    return { kind: 'unary', op: kind, operand: this.nested(() => this.unary(), nothing), pos };
  }

  private postfix(): Expression {
    let of = this.primary();
    for (let height = 0; ; height++) {
      if (height >= maxDepth) this.fail('expression is too long');
      const { pos } = of;
      if (this.kind === '.') {
        this.next();
        const name = this.expect('IDENT');
        of = { kind: 'access', of, name: name.text, namePos: name.pos, pos };
      } else if (this.kind === '[') {
        this.next();
        const index = this.expression();
        this.expect(']');
        of = { kind: 'index', of, index, pos };
      } else if (this.kind === '(') {
        this.next();
        of = { kind: 'call', callee: of, args: this.list(')'), pos };
      } else {
        if (this.kind === 'STRING' || this.kind === '{') this.blockAsValue(pos);
        return of;
      }
    }
  }

  /** Says what is wrong where someone gives an attribute a block; the real parser does, too. */
  private blockAsValue(pos: Position): void {
    if (this.kind === 'STRING') this.next();
    this.expect('{');
    this.body('}');
    this.expect('}');
    this.fail('cannot use a block as an expression', pos);
  }

  private primary(): Expression {
    const token = this.token;
    const { pos, text } = token;
    switch (this.kind) {
      case 'IDENT':
        this.next();
        return { kind: 'identifier', name: text, pos };
      case 'STRING':
      case 'NUMBER':
      case 'FLOAT':
      case 'BOOL':
      case 'NULL':
        this.next();
        return { kind: 'literal', type: token.kind.toLowerCase() as 'string', raw: text, pos };
      case '(': {
        this.next();
        const inner = this.expression();
        this.expect(')');
        return { kind: 'paren', inner, pos };
      }
      case '[':
        this.next();
        return { kind: 'array', elements: this.list(']'), pos };
      case '{':
        this.next();
        return { kind: 'object', fields: this.fields(), pos };
      default:
        this.fail(`expected expression, got ${this.kind}`);
        return { kind: 'literal', type: 'null', raw: 'null', pos };
    }
  }

  private list(until: ')' | ']'): Expression[] {
    const elements: Expression[] = [];
    while (this.kind !== until && this.kind !== 'EOF') {
      elements.push(this.expression());
      if (this.separated(until, 'expression')) break;
    }
    this.expect(until);
    return elements;
  }

  private fields(): Field[] {
    const fields: Field[] = [];
    while (this.kind !== '}' && this.kind !== 'EOF') {
      fields.push(this.field());
      if (this.separated('}', 'field')) break;
    }
    this.expect('}');
    return fields;
  }

  /** Passes the comma after an element; true at the end of the list. */
  private separated(until: TokenKind, what: string): boolean {
    if (this.kind === until) return true;
    if (this.kind !== ',') this.fail(`missing ',' in ${what} list`);
    this.next();
    return false;
  }

  private field(): Field {
    if (this.kind !== 'STRING' && this.kind !== 'IDENT') {
      this.fail(`expected field name (string or identifier), got ${this.kind}`);
    }
    const { kind, text, pos } = this.next();
    this.expect('=');
    const quoted = kind === 'STRING' ? (text[0] as '"' | '`') : '';
    return { name: quoted === '' ? text : text.slice(1, -1), quoted, value: this.expression(), pos };
  }
}
