/**
 * Compiles a path pattern as local.file_match reads it: `*` and `?` stay within a name, `**` as a whole name stands for
 * any number of directories, `[a-z]`, `[!a]`, `{a,b}` and `\` as usual. Hidden names match like others.
 */
export function globToRegExp(pattern: string): RegExp {
  let out = '';
  let braces = 0;
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i]!;
    if (
      c === '*' &&
      pattern[i + 1] === '*' &&
      (i === 0 || pattern[i - 1] === '/') &&
      [undefined, '/'].includes(pattern[i + 2])
    ) {
      out += pattern[i + 2] === '/' ? '(?:[^/]+/)*' : '.*';
      i += pattern[i + 2] === '/' ? 2 : 1;
    } else if (c === '*') {
      while (pattern[i + 1] === '*') i++;
      out += '[^/]*';
    } else if (c === '?') {
      out += '[^/]';
    } else if (c === '[') {
      const end = pattern.indexOf(']', i + 2);
      if (end < 0) return /(?!)/;
      const body = pattern
        .slice(i + 1, end)
        .replace(/^[!^]/, '^')
        .replace(/[[\]\\]/g, '\\$&');
      out += `(?!/)[${body}]`;
      i = end;
    } else if (c === '{') {
      out += '(?:';
      braces++;
    } else if (c === '}' && braces > 0) {
      out += ')';
      braces--;
    } else if (c === ',' && braces > 0) {
      out += '|';
    } else {
      if (c === '\\' && i + 1 < pattern.length) i++;
      out += pattern[i]!.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
    }
  }
  return new RegExp(`^${out}$`, 's');
}

/** The directory below which everything that a pattern matches lies, and how deep it may lie; undefined without limit. */
export function globRoot(pattern: string): { readonly root: string; readonly depth: number | undefined } {
  const parts = pattern.split('/');
  const fixed = parts.findIndex((part) => /[*?[{\\]/.test(part));
  const length = fixed < 0 ? parts.length - 1 : fixed;
  const rest = parts.slice(length);
  const depth = rest.includes('**') || rest.some((part) => part.includes('{')) ? undefined : rest.length;
  return { root: parts.slice(0, length).join('/') || '/', depth };
}
