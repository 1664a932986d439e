import { refuse } from './error.ts';

/** Refuses a text at the place where the grammar stops, in Prometheus's words for the usual slips. */
export function refuseSyntax(text: string, offset: number): never {
  const bare = text.replace(/"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`[^`]*`/g, (s) => '_'.repeat(s.length));
  const code = bare.replace(/#.*/g, (c) => ' '.repeat(c.length));
  if (code.trim() === '') return refuse(0, 'no expression found in input');
  const open = unclosed(code);
  const start = offset + (/^\s*/.exec(code.slice(offset))?.[0].length ?? 0);
  if (start >= text.length) {
    if (open === '(') return refuse(text.length, 'unclosed left parenthesis');
    if (open === '{') return refuse(text.length, 'unexpected end of input inside braces');
    if (open === '[') return refuse(text.length, 'unexpected end of input in duration expression');
    return refuse(text.length, 'unexpected end of input');
  }
  const call = /([A-Za-z_:][\w:]*)\s*$/.exec(code.slice(0, start));
  if (code[start] === '(' && call) return refuse(call.index, `unknown function with name "${call[1]}"`);
  const unterminated = /["'`]/.exec(code.slice(start));
  if (unterminated) return refuse(start + unterminated.index, 'unterminated quoted string');
  const found = code.slice(start);
  if (/^[)\]}]/.test(found) && open === undefined) return refuse(start, `unexpected character: '${found[0]}'`);
  const range = /\[([^\]]*)\]?/.exec(code.slice(code.lastIndexOf('[', start)));
  if (range && code.lastIndexOf('[', start) >= 0 && !code.slice(code.lastIndexOf('['), start).includes(']')) {
    return refuse(code.lastIndexOf('[', start) + 1, `bad duration syntax: "${range[1]}"`);
  }
  return refuse(start, `unexpected ${tokenName(found)}`);
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
  if (word !== undefined) {
    return /^(?:by|without|on|ignoring|bool|offset|group_left|group_right)$/i.test(word)
      ? `<${word.toLowerCase()}>`
      : `identifier "${word}"`;
  }
  const number = /^[\d.]+/.exec(rest)?.[0];
  if (number !== undefined) return `number "${number}"`;
  const op = /^(?:==|!=|>=|<=|=~|!~|[-+*/%^<>=])/.exec(rest)?.[0];
  return op === undefined ? `character: '${rest[0]}'` : `<op:${op}>`;
}
