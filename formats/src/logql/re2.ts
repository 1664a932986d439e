import { err, ok, type Result } from '@plumbline/contracts';

/**
 * A regular expression of RE2 as one of JavaScript. What the two read differently is refused by name instead of being
 * run with another meaning. `whole` anchors both ends and lets the dot
 * match line breaks, as label matchers do.
 */
export function translateRe2(pattern: string, whole: boolean): Result<RegExp, string> {
  const leading = /^\(\?([a-zA-Z]+)\)/.exec(pattern);
  const flags = leading?.[1] ?? '';
  const body = pattern.slice(leading?.[0].length ?? 0);
  const unknown = [...flags].find((flag) => !'ims'.includes(flag));
  if (unknown !== undefined) return err(refusal(pattern, `flag (?${unknown})`));
  const foreign = foreignSyntax(body);
  if (foreign !== undefined) return err(foreign);
  const source = translateBody(body, whole || flags.includes('s'));
  try {
    return ok(
      new RegExp(whole ? `^(?:${source})$` : source, `u${[...new Set(flags)].filter((flag) => flag !== 's').join('')}`),
    );
  } catch {
    return err(`error parsing regexp: invalid syntax: \`${pattern}\``);
  }
}

function foreignSyntax(body: string): string | undefined {
  const plain = body.replace(/\\\\/g, '');
  if (/\(\?(?:=|!|<=|<!)/.test(plain)) {
    const found = /\(\?<?[=!]/.exec(plain)?.[0] ?? '(?=';
    return `error parsing regexp: invalid or unsupported Perl syntax: \`${found.startsWith('(?<') ? '(?<' : found}\``;
  }
  if (/\\[1-9]/.test(plain)) return `error parsing regexp: invalid escape sequence: \`${/\\[1-9]/.exec(plain)?.[0]}\``;
  if (/\\k</.test(plain)) return 'error parsing regexp: invalid escape sequence: `\\k`';
  if (/\(\?[a-zA-Z-]+[:)]/.test(plain)) return refusal(body, 'flags inside a pattern');
  const foreign = /\\[CpPQEuc]/.exec(plain)?.[0];
  if (foreign !== undefined) return refusal(body, foreign);
  if (/\[\[:/.test(plain)) return refusal(body, 'POSIX classes');
  return undefined;
}

const space = '\\t\\n\\f\\r ';

/** Rewrites token by token what both can mean but write differently: names, ends, spaces, the dot, stray brackets. */
function translateBody(body: string, dotAll: boolean): string {
  let out = '';
  let inClass = false;
  for (const [token] of body.matchAll(/\(\?P<|\\[\s\S]|\{\d+(?:,\d*)?\}|\[\^?\]?|[\s\S]/g)) {
    if (token.startsWith('\\')) out += escapeOf(token, inClass);
    else if (inClass) {
      out +=
        token === '[]'
          ? '\\[]'
          : token.startsWith('[')
            ? `\\${token}`
            : /^[{}()|/]$/.test(token)
              ? `\\${token}`
              : token;
      if (token === ']' || token.endsWith(']')) inClass = false;
    } else if (token.startsWith('[')) {
      out += token.endsWith(']') ? `${token.slice(0, -1)}\\]` : token;
      inClass = true;
    } else if (token === '(?P<') out += '(?<';
    else if (token === '.') out += dotAll ? '[\\s\\S]' : '[^\\n]';
    else out += /^[{}\]]$/.test(token) ? `\\${token}` : token;
  }
  return out;
}

function escapeOf(token: string, inClass: boolean): string {
  const mark = token[1] ?? '';
  if (token === '\\A') return '(?<![\\s\\S])';
  if (token === '\\z') return '(?![\\s\\S])';
  if (token === '\\a') return '\\x07';
  if (token === '\\s') return inClass ? space : `[${space}]`;
  if (token === '\\S' && !inClass) return `[^${space}]`;
  if (/[\^$\\.*+?()[\]{}|/a-zA-Z0-9]/.test(mark)) return token;
  return mark === '-' ? '\\x2d' : mark;
}

function refusal(pattern: string, what: string): string {
  return `error parsing regexp: ${what} of RE2 cannot be run by this stand-in: \`${pattern}\``;
}
