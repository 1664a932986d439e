import type { Position } from './ast.ts';

export type TokenKind =
  | 'EOF'
  | 'IDENT'
  | 'NUMBER'
  | 'FLOAT'
  | 'STRING'
  | 'BOOL'
  | 'NULL'
  | 'TERMINATOR'
  | '||'
  | '&&'
  | '!'
  | '='
  | '=='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '^'
  | '{'
  | '}'
  | '('
  | ')'
  | '['
  | ']'
  | ','
  | '.';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly pos: Position;
}

export interface Lexed {
  readonly tokens: readonly Token[];
  /** The first character that no token begins with; the tokens end there. */
  readonly error?: { readonly message: string; readonly pos: Position };
}

/** After these, a newline ends the statement. */
const endsStatement: ReadonlySet<TokenKind> = new Set([
  'IDENT',
  'NULL',
  'BOOL',
  'NUMBER',
  'FLOAT',
  'STRING',
  '}',
  ')',
  ']',
]);
const letter = /[\p{L}_]/u;
const identifier = /[\p{L}_][\p{L}_\p{Nd}]*/uy;
const number = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d*)?/y;
const simpleEscapes = 'abfnrtv\\"';

/** Splits a text into tokens, with the terminators that newlines stand for. */
export function lex(source: string): Lexed {
  const lexer = new Lexer(source);
  return lexer.run();
}

/** True where the text is one identifier, as labels must be. */
export function isIdentifier(text: string): boolean {
  return /^[\p{L}_][\p{L}_\p{Nd}]*$/u.test(text) && !['true', 'false', 'null'].includes(text);
}

class Lexer {
  private readonly src: string;
  private at = 0;
  private line = 1;
  private lineStart = 0;
  private readonly tokens: Token[] = [];
  private error: Lexed['error'];

  constructor(source: string) {
    this.src = source;
  }

  run(): Lexed {
    if (this.src.startsWith('\ufeff')) this.at = 1;
    while (!this.error && this.at < this.src.length) this.step();
    if (!this.error && this.pending()) this.push('TERMINATOR', '\n', this.here());
    this.tokens.push({ kind: 'EOF', text: '', pos: this.error?.pos ?? this.here() });
    return this.error ? { tokens: this.tokens, error: this.error } : { tokens: this.tokens };
  }

  private here(): Position {
    return { line: this.line, column: this.at - this.lineStart + 1, offset: this.at };
  }

  private pending(): boolean {
    const last = this.tokens.at(-1);
    return last !== undefined && endsStatement.has(last.kind);
  }

  private push(kind: TokenKind, text: string, pos: Position): undefined {
    this.tokens.push({ kind, text, pos });
  }

  private fail(message: string, pos = this.here()): undefined {
    this.error ??= { message, pos };
  }

  /** Passes over text that may hold newlines. */
  private pass(to: number): void {
    for (let i = this.src.indexOf('\n', this.at); i >= 0 && i < to; i = this.src.indexOf('\n', i + 1)) {
      this.line++;
      this.lineStart = i + 1;
    }
    this.at = to;
  }

  private step(): void {
    const c = this.src[this.at]!;
    const pos = this.here();
    if (c === '\n') {
      if (this.pending()) this.push('TERMINATOR', '\n', pos);
      this.pass(this.at + 1);
    } else if (c === ' ' || c === '\t' || c === '\r') {
      this.at++;
    } else if (this.src.startsWith('//', this.at)) {
      const end = this.src.indexOf('\n', this.at);
      this.at = end < 0 ? this.src.length : end;
    } else if (this.src.startsWith('/*', this.at)) {
      this.blockComment(pos);
    } else if (letter.test(String.fromCodePoint(this.src.codePointAt(this.at)!))) {
      const text = this.match(identifier);
      this.push(text === 'true' || text === 'false' ? 'BOOL' : text === 'null' ? 'NULL' : 'IDENT', text, pos);
    } else if (/\d/.test(c) || (c === '.' && /\d/.test(this.src[this.at + 1] ?? ''))) {
      this.number(pos);
    } else if (c === '"' || c === '`') {
      this.string(c, pos);
    } else {
      this.operator(c, pos);
    }
  }

  private match(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const text = pattern.exec(this.src)![0];
    this.at += text.length;
    return text;
  }

  /** A comment with a newline inside ends the statement before it, as a newline would. */
  private blockComment(pos: Position): undefined {
    const end = this.src.indexOf('*/', this.at + 2);
    if (end < 0) return this.fail('block comment not terminated', pos);
    if (this.pending() && this.src.slice(this.at, end).includes('\n')) this.push('TERMINATOR', '\n', pos);
    this.pass(end + 2);
  }

  private number(pos: Position): undefined {
    const text = this.match(number);
    if (/[eE][+-]?$/.test(text)) return this.fail('exponent has no digits', pos);
    this.push(/[.eE]/.test(text) ? 'FLOAT' : 'NUMBER', text, pos);
  }

  private string(quote: '"' | '`', pos: Position): undefined {
    const from = this.at;
    let i = from + 1;
    for (; ; i++) {
      const c = this.src[i];
      if (c === undefined || (c === '\n' && quote === '"')) return this.fail('string literal not terminated', pos);
      if (c === '\0') return this.fail('illegal character NUL', { ...pos, column: pos.column + i - from, offset: i });
      if (c === quote) break;
      if (c === '\\' && quote === '"') {
        const length = this.escape(i + 1, pos.column + i + 1 - from);
        if (length === 0) return;
        i += length;
      }
    }
    const text = this.src.slice(from, i + 1);
    this.pass(i + 1);
    this.push('STRING', text, pos);
  }

  /** The length of the escape after a backslash; 0 where it is none. */
  private escape(at: number, column: number): number {
    const pos = { line: this.line, column, offset: at };
    const c = this.src[at];
    if (c === undefined) {
      this.fail('escape sequence not terminated', pos);
      return 0;
    }
    if (simpleEscapes.includes(c)) return 1;
    const [prefix, digits, base, max] =
      c === 'x'
        ? [1, 2, 16, 255]
        : c === 'u'
          ? [1, 4, 16, 0x10ffff]
          : c === 'U'
            ? [1, 8, 16, 0x10ffff]
            : /[0-7]/.test(c)
              ? [0, 3, 8, 255]
              : [0, 0, 0, 0];
    if (digits === 0) {
      this.fail('unknown escape sequence', pos);
      return 0;
    }
    const text = this.src.slice(at + prefix, at + prefix + digits);
    const bad = [...text].findIndex((d) => !(base === 16 ? /[0-9a-fA-F]/ : /[0-7]/).test(d));
    if (bad >= 0 || text.length < digits) {
      const wrong = bad >= 0 ? [...text][bad]! : undefined;
      this.fail(
        wrong === undefined
          ? 'escape sequence not terminated'
          : `illegal character ${unicodeName(wrong)} in escape sequence`,
        pos,
      );
      return 0;
    }
    const value = Number.parseInt(text, base);
    if (value > max || (value >= 0xd800 && value < 0xe000)) {
      this.fail('escape sequence is invalid Unicode code point', pos);
      return 0;
    }
    return prefix + digits;
  }

  private operator(c: string, pos: Position): undefined {
    const two = this.src.slice(this.at, this.at + 2);
    if (['||', '&&', '==', '!=', '<=', '>='].includes(two)) {
      this.at += 2;
      return this.push(two as TokenKind, two, pos);
    }
    const next = { ...pos, column: pos.column + 1, offset: pos.offset + 1 };
    if (c === '|') return this.fail('missing second | in ||', next);
    if (c === '&') return this.fail('missing second & in &&', next);
    if (c === "'") return this.fail('illegal single-quoted string; use double quotes', pos);
    if (c === '\0') return this.fail('illegal character NUL', pos);
    if ('!=<>+-*/%^{}()[],.'.includes(c)) {
      this.at++;
      return this.push(c as TokenKind, c, pos);
    }
    if (c === '\ufeff') return this.fail('illegal byte order mark', pos);
    this.fail(`illegal character ${unicodeName(String.fromCodePoint(this.src.codePointAt(this.at)!))}`, pos);
  }
}

function unicodeName(text: string): string {
  return `U+${text.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')} '${text}'`;
}
