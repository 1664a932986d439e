import { bothCases, classBody, negated, perl, point, posix, type Ranges } from './class.ts';

export interface Re2Flags {
  readonly i: boolean;
  readonly s: boolean;
  readonly m: boolean;
  readonly U: boolean;
}

export type Translation =
  | { readonly ok: true; readonly pattern: string; readonly ignoresCase: boolean; readonly keepsCase: boolean }
  | { readonly ok: false; readonly message: string };

const scripts = /^(L|M|N|P|S|Z|C)[a-z]?$/;
const escapes: Readonly<Record<string, number>> = { a: 7, f: 12, t: 9, n: 10, r: 13, v: 11 };

class Refused extends Error {}

/** One pass over an RE2 pattern. A refusal unwinds the recursion and leaves as a value. */
export class Translator {
  private readonly src: string[];
  private readonly caseMode: 'flag' | 'spell';
  private at = 0;
  private flags: Re2Flags;
  private readonly names = new Set<string>();
  private ignoresCase = false;
  private keepsCase = false;
  private depth = 0;

  constructor(source: string, flags: Re2Flags, caseMode: 'flag' | 'spell') {
    this.src = [...source];
    this.flags = flags;
    this.caseMode = caseMode;
  }

  translate(): Translation {
    try {
      const pattern = this.alternatives();
      if (this.at < this.src.length) this.refuse('unexpected )', this.src.join(''));
      return { ok: true, pattern, ignoresCase: this.ignoresCase, keepsCase: this.keepsCase };
    } catch (cause) {
      if (cause instanceof Refused) return { ok: false, message: cause.message };
      throw cause;
    }
  }

  private refuse(what: string, text: string): never {
    throw new Refused(`${what}: \`${text}\``);
  }

  private rest(from: number): string {
    return this.src.slice(from).join('');
  }

  private alternatives(): string {
    if (++this.depth > 1000) this.refuse('expression nests too deeply', this.src.join(''));
    let out = '';
    while (this.at < this.src.length && this.src[this.at] !== ')') {
      if (this.src[this.at] === '|') {
        out += '|';
        this.at++;
      } else {
        out += this.repeated();
      }
    }
    this.depth--;
    return out;
  }

  private repeated(): string {
    const atom = this.atom();
    if (atom === undefined) return '';
    const start = this.at;
    const op = this.repetition();
    if (op === undefined) return atom;
    if (this.src[this.at] === '?') {
      this.at++;
      return `${atom}${op}${this.flags.U ? '' : '?'}`;
    }
    if (this.peekRepetition())
      this.refuse('invalid nested repetition operator', this.src.slice(start, this.at + 1).join(''));
    return `${atom}${op}${this.flags.U ? '?' : ''}`;
  }

  private peekRepetition(): boolean {
    const before = this.at;
    const found = this.repetition() !== undefined;
    this.at = before;
    return found;
  }

  /** Consumes `*`, `+`, `?` or a count; a brace that is no count is a literal. */
  private repetition(): string | undefined {
    const c = this.src[this.at];
    if (c === '*' || c === '+' || c === '?') {
      this.at++;
      return c;
    }
    if (c !== '{') return undefined;
    const found = /^\{(\d+)(,(\d*))?\}/.exec(this.src.slice(this.at, this.at + 16).join(''));
    if (!found) return undefined;
    const min = Number(found[1]);
    const max = found[3] ? Number(found[3]) : min;
    if (min > 1000 || max > 1000 || max < min) this.refuse('invalid repeat count', found[0]);
    this.at += found[0].length;
    return found[0];
  }

  private atom(): string | undefined {
    const c = this.src[this.at]!;
    switch (c) {
      case '(':
        return this.group();
      case '[':
        return this.charClass();
      case '.':
        this.at++;
        return this.flags.s ? '[^]' : '[^\\n]';
      case '^':
        this.at++;
        return this.flags.m ? '(?:(?<=^|\\n))' : '(?:^)';
      case '$':
        this.at++;
        return this.flags.m ? '(?:(?=\\n|$))' : '(?:$)';
      case '\\':
        return this.escape();
      case '*':
      case '+':
      case '?':
        return this.refuse('missing argument to repetition operator', c);
      default:
        this.at++;
        return this.literal(c.codePointAt(0)!);
    }
  }

  private literal(c: number): string {
    return this.set([[c, c]], false);
  }

  /** Writes a set of code points, in the case mode that holds here. */
  private set(ranges: Ranges, negate: boolean): string {
    const folded = bothCases(ranges);
    const cased = folded.length > ranges.length;
    if (cased && this.flags.i) this.ignoresCase = true;
    if (cased && !this.flags.i) this.keepsCase = true;
    const written = cased && this.flags.i && this.caseMode === 'spell' ? folded : ranges;
    const [only] = written;
    if (!negate && written.length === 1 && only && only[0] === only[1]) return point(only[0]);
    return `[${negate ? '^' : ''}${classBody(written)}]`;
  }

  private group(): string {
    const start = this.at;
    this.at++;
    if (this.src[this.at] !== '?') return this.closed('(');
    const named = /^\?P?<([^>]*)>/.exec(this.src.slice(this.at, this.at + 256).join(''));
    if (named && !/^\?<[=!]/.test(named[0])) {
      const name = named[1]!;
      if (!/^\w+$/.test(name))
        this.refuse('invalid named capture', this.src.slice(start, this.at + [...named[0]].length).join(''));
      if (/^\d/.test(name)) this.refuse('capture name starts with a digit, which is not implemented', name);
      if (this.names.has(name)) this.refuse('duplicate capture group name', name);
      this.names.add(name);
      this.at += [...named[0]].length;
      return this.closed(`(?<${name}>`);
    }
    const inline = /^\?([imsU]*)(-[imsU]+)?([:)])/.exec(this.src.slice(this.at, this.at + 16).join(''));
    if (!inline || (inline[1] === '' && inline[2] === undefined && inline[3] === ')')) {
      this.refuse('invalid or unsupported Perl syntax', this.src.slice(start, start + 3).join(''));
    }
    const before = this.flags;
    const after = { ...before };
    for (const f of inline[1]!) after[f as keyof Re2Flags] = true;
    for (const f of (inline[2] ?? '').slice(1)) after[f as keyof Re2Flags] = false;
    this.at += inline[0].length;
    this.flags = after;
    if (inline[3] === ')') return '';
    return this.closed('(?:', before);
  }

  /** The rest of a group; the flags set inside it end with it. */
  private closed(open: string, outer = this.flags): string {
    const body = this.alternatives();
    if (this.src[this.at] !== ')') this.refuse('missing closing )', this.rest(0));
    this.at++;
    this.flags = outer;
    return `${open}${body})`;
  }

  private escape(): string | undefined {
    const c = this.src[this.at + 1];
    if (c === undefined) this.refuse('trailing backslash at end of expression', '');
    if (c === 'A' || c === 'z') {
      this.at += 2;
      return c === 'A' ? '(?:^)' : '(?:$)';
    }
    if (c === 'b' || c === 'B') {
      this.at += 2;
      const edge = '(?:(?<=[0-9A-Za-z_])(?![0-9A-Za-z_])|(?<![0-9A-Za-z_])(?=[0-9A-Za-z_]))';
      return c === 'b' ? edge : `(?!${edge})`;
    }
    if (c === 'Q') return this.quoted();
    const shared = this.perlOrUnicode();
    if (shared !== undefined) return typeof shared === 'string' ? shared : this.set(shared, false);
    return this.literal(this.escapedPoint());
  }

  private quoted(): string | undefined {
    const end = this.rest(this.at + 2).indexOf('\\E');
    const text = end < 0 ? this.rest(this.at + 2) : this.rest(this.at + 2).slice(0, end);
    const chars = [...text];
    this.at += 2 + chars.length + (end < 0 ? 0 : 2);
    if (chars.length === 0) return undefined;
    // A repetition after `\E` applies to the last character only.
    return chars.map((ch) => this.literal(ch.codePointAt(0)!)).join('');
  }

  /** `\d`-like sets as ranges, `\p` as JavaScript writes it; undefined where the escape is another one. */
  private perlOrUnicode(): Ranges | string | undefined {
    const c = this.src[this.at + 1]!;
    const set = perl[c.toLowerCase()];
    if (set && /[dswDSW]/.test(c)) {
      this.at += 2;
      return c === c.toLowerCase() ? set : negated(set);
    }
    if (c !== 'p' && c !== 'P') return undefined;
    const found = /^\\[pP](?:\{(\^?)([A-Za-z_]+)\}|([A-Z]))/.exec(this.src.slice(this.at, this.at + 48).join(''));
    if (!found) this.refuse('invalid character class range', this.src.slice(this.at, this.at + 3).join(''));
    const name = found[2] ?? found[3]!;
    const negate = (c === 'P') !== (found[1] === '^');
    const property = name === 'Any' ? 'Any' : scripts.test(name) ? name : `Script=${name}`;
    const written = `\\${negate ? 'P' : 'p'}{${property}}`;
    try {
      new RegExp(written, 'u');
    } catch {
      this.refuse('invalid character class range', found[0]);
    }
    this.at += found[0].length;
    return written;
  }

  private escapedPoint(): number {
    const text = this.src.slice(this.at, this.at + 12).join('');
    const hex = /^\\x(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,8})\})/.exec(text);
    if (hex) {
      const value = Number.parseInt(hex[1] ?? hex[2]!, 16);
      if (value > 0x10ffff) this.refuse('invalid escape sequence', hex[0]);
      this.at += hex[0].length;
      return value;
    }
    const octal = /^\\(0[0-7]{0,2}|[1-7][0-7]{1,2})/.exec(text);
    if (octal) {
      this.at += octal[0].length;
      return Number.parseInt(octal[1]!, 8);
    }
    const c = this.src[this.at + 1]!;
    const known = escapes[c];
    if (known === undefined && !(c.codePointAt(0)! < 128 && /[^0-9A-Za-z]/.test(c)))
      this.refuse('invalid escape sequence', `\\${c}`);
    this.at += 2;
    return known ?? c.codePointAt(0)!;
  }

  private charClass(): string {
    const start = this.at;
    this.at++;
    const negate = this.src[this.at] === '^';
    if (negate) this.at++;
    const ranges: Ranges = [];
    let extra = '';
    for (let first = true; first || this.src[this.at] !== ']'; first = false) {
      if (this.at >= this.src.length) this.refuse('missing closing ]', this.rest(start));
      const named = /^\[:(\^?)([a-z]+):\]/.exec(this.src.slice(this.at, this.at + 12).join(''));
      if (named) {
        const set = posix[named[2]!] ?? this.refuse('invalid character class range', named[0]);
        ranges.push(...(named[1] ? negated(set) : set));
        this.at += named[0].length;
        continue;
      }
      if (this.src[this.at] === '\\' && this.src[this.at + 1] !== undefined) {
        const shared = this.perlOrUnicode();
        if (typeof shared === 'string') extra += shared;
        if (Array.isArray(shared)) ranges.push(...shared);
        if (shared !== undefined) continue;
      }
      ranges.push(this.classRange(start));
    }
    this.at++;
    const written = this.set(ranges, negate);
    if (extra === '') return written;
    const body = written.startsWith('[') ? written.slice(negate ? 2 : 1, -1) : written;
    return `[${negate ? '^' : ''}${body}${extra}]`;
  }

  private classRange(start: number): readonly [number, number] {
    const from = this.at;
    const lo = this.classPoint(start);
    if (this.src[this.at] !== '-' || this.src[this.at + 1] === ']' || this.at + 1 >= this.src.length) return [lo, lo];
    this.at++;
    const hi = this.classPoint(start);
    if (hi < lo) this.refuse('invalid character class range', this.src.slice(from, this.at).join(''));
    return [lo, hi];
  }

  private classPoint(start: number): number {
    const c = this.src[this.at];
    if (c === undefined) this.refuse('missing closing ]', this.rest(start));
    if (c === '\\') {
      if (this.src[this.at + 1] === undefined) this.refuse('trailing backslash at end of expression', '');
      return this.escapedPoint();
    }
    this.at++;
    return c.codePointAt(0)!;
  }
}
