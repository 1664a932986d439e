const reference = /\$(?:\$|\{(\w+)\}|(\w+)|)/g;

export function isTemplate(text: string): boolean {
  return text.includes('$');
}

/** Go's `Regexp.Expand`: `$1`, `${1}`, `$name`; the longest name counts, an unknown one is empty, `$$` is a dollar. */
export function expand(template: string, match: RegExpExecArray): string {
  return template.replace(reference, (found, braced: string | undefined, plain: string | undefined) => {
    if (found === '$$') return '$';
    const name = braced ?? plain;
    if (name === undefined) return '$';
    return (/^\d+$/.test(name) ? match[Number(name)] : match.groups?.[name]) ?? '';
  });
}
