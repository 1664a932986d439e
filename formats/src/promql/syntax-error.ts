import { refuse } from './error.ts';

/** Refuses a text at the place where the grammar stops, in Prometheus's words for the usual slips. */
export function refuseSyntax(text: string, offset: number): never {
  const code = withoutTexts(text);
  if (code.trim() === '') return refuse(0, 'no expression found in input');
  const unterminated = /["'`]/.exec(code);
  if (unterminated) return refuse(unterminated.index, 'unterminated quoted string');
  const start = offset + (/^\s*/.exec(code.slice(offset))?.[0].length ?? 0);
  const before = code.slice(0, start);
  const found = code.slice(start);
  const within = unclosed(before);
  if (within === '[') return refuseDuration(code, before.lastIndexOf('[') + 1, start);
  if (found === '') return refuse(text.length, endOfInput(unclosed(code), before));
  const call = /([A-Za-z_:][\w:]*)\s*$/.exec(before);
  if (found.startsWith('(') && call && !keywords.test(call[1] ?? '')) {
    if (unclosed(code) === '(') return refuse(text.length, 'unclosed left parenthesis');
    return refuse(call.index, `unknown function with name "${call[1]}"`);
  }
  if (found.startsWith(')') && within === undefined) return refuse(start + 1, "unexpected right parenthesis ')'");
  if (/^[\]}]/.test(found) && within === undefined) return refuse(start, `unexpected character: '${found[0]}'`);
  const equals = /^=([^=\s])/.exec(found);
  if (equals && within !== '{') return refuse(start, `unexpected character after '=': '${equals[1]}'`);
  return refuse(start, `unexpected ${tokenName(found)}${expectation(before, within)}`);
}

const keywords = /^(?:by|without|on|ignoring|group_left|group_right|bool|offset|and|or|unless|atan2)$/i;

/** The same text with the content of strings and comments made harmless, character for character. */
function withoutTexts(text: string): string {
  const strings = text.replace(/"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`[^`]*`/g, (s) => '_'.repeat(s.length));
  return strings.replace(/#.*/g, (comment) => ' '.repeat(comment.length));
}

function refuseDuration(code: string, from: number, start: number): never {
  const written = /^[^\]:]*/.exec(code.slice(from))?.[0].trim() ?? '';
  if (start >= code.length) return refuse(code.length, 'unclosed left bracket');
  if (/^\d*$/.test(written)) return refuse(from, 'missing unit character in duration');
  if (/^(?:\d+(?:ms|[ywdhms]))+$/.test(written)) return refuse(from, `not a valid duration string: "${written}"`);
  return refuse(from, `bad duration syntax: "${/^\d*/.exec(written)?.[0]}"`);
}

function endOfInput(open: string | undefined, before: string): string {
  if (open === '(') return 'unclosed left parenthesis';
  if (open === '{') return 'unexpected end of input inside braces';
  return `unexpected end of input${expectation(before, open)}`;
}

/** Where the parser was, and what it would have taken there. */
function expectation(before: string, within: string | undefined): string {
  const rest = before.trimEnd();
  if (within === '{') {
    if (/[{,]$/.test(rest)) return ' in label matching, expected identifier or "}"';
    if (/(?:=|!=|=~|!~)$/.test(rest)) return ' in label matching, expected string';
    return /(?:=|=~|!~)\s*_+$/.test(rest)
      ? ' in label matching, expected "," or "}"'
      : ' in label matching, expected label matching operator';
  }
  if (/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^()]*$/i.test(rest)) {
    return ` in grouping opts, expected ${/[(,]$/.test(rest) ? 'label' : '"," or ")"'}`;
  }
  return /\boffset$/i.test(rest) ? ' in offset, expected duration' : '';
}

function unclosed(code: string): string | undefined {
  const open: string[] = [];
  for (const c of code) {
    if ('([{'.includes(c)) open.push(c);
    if (')]}'.includes(c)) open.pop();
  }
  return open.at(-1);
}

function tokenName(rest: string): string {
  const word = /^[A-Za-z_:][\w:]*/.exec(rest)?.[0];
  if (word !== undefined) return keywords.test(word) ? `<${word.toLowerCase()}>` : `identifier "${word}"`;
  const number = /^[\d.]+/.exec(rest)?.[0];
  if (number !== undefined) return `number "${number}"`;
  const op = /^(?:==|!=|>=|<=|=~|!~|[-+*/%^<>=])/.exec(rest)?.[0];
  if (op !== undefined) return `<op:${op}>`;
  return /^[,(){}[\]]/.test(rest) ? `"${rest[0]}"` : `character: '${rest[0]}'`;
}
