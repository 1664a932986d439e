import type { Labels } from '../labels.ts';

/** What a parser found in a line; `error` is what Loki puts into `__error__`. */
export interface Extracted {
  readonly labels: Labels;
  readonly error?: string;
}

/** `| json`: every scalar of the line's object, nested names joined by `_`; arrays are left out. */
export function jsonLabels(line: string): Extracted {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { labels: {}, error: 'JSONParserErr' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { labels: {}, error: 'JSONParserErr' };
  const out: Record<string, string> = {};
  collect(out, '', value);
  return { labels: out };
}

function collect(out: Record<string, string>, prefix: string, value: object): void {
  for (const [key, item] of Object.entries(value) as [string, unknown][]) {
    const name = prefix === '' ? labelName(key) : `${prefix}_${key.replace(/[^a-zA-Z0-9_]/g, '_')}`;
    if (typeof item === 'object' && item !== null) {
      if (!Array.isArray(item)) collect(out, name, item);
    } else if (item !== null && !Object.hasOwn(out, name)) out[name] = String(item);
  }
}

/** `| logfmt`: `key=value` and `key="quoted value"` pairs; a key alone is left out. */
export function logfmtLabels(line: string): Extracted {
  const out: Record<string, string> = {};
  for (const [, key = '', quoted, bare] of line.matchAll(/([^\s="]+)(?:=(?:"((?:\\.|[^"\\])*)"|([^\s"]*)))?/g)) {
    const value = quoted === undefined ? bare : unescaped(quoted);
    const name = labelName(key);
    if (value !== undefined && value !== '' && !Object.hasOwn(out, name)) out[name] = value;
  }
  return { labels: out };
}

function unescaped(text: string): string {
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch {
    return text;
  }
}

function labelName(key: string): string {
  const name = key.replace(/[^a-zA-Z0-9_]/g, '_');
  return /^\d/.test(name) ? `_${name}` : name;
}
