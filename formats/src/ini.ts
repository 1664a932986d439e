import { err, failure, ok, type Place, type Result } from '@plumbline/contracts';

/** One key as it was written, later ones of the same name included. Keys before the first header are in section ''. */
export interface IniEntry {
  readonly section: string;
  readonly key: string;
  readonly value: string;
  readonly place: Place;
}

/** What an INI file says. */
export interface IniDocument {
  /** Every key in the order of the file. */
  readonly entries: readonly IniEntry[];
  /** Every section header in the order of the file. */
  readonly sections: readonly { readonly name: string; readonly place: Place }[];
  /** The value of a key: the last one, where it is given more than once. */
  value(section: string, key: string): string | undefined;
  /** Where that value stands. */
  place(section: string, key: string): Place | undefined;
}

/**
 * Reads an INI file as Grafana does (go-ini with its defaults): `=` or `:` between key and value, comments at the start of
 * a line and after a value, values in quotes, backticks or triple quotes, and a backslash at the end of a line. Values
 * are as written: `%(name)s` and `$__env{NAME}` are left to the caller. A line that it cannot read is an E_CONFIG_PARSE
 * failure.
 */
export function parseIni(text: string, file: string): Result<IniDocument> {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const entries: IniEntry[] = [];
  const sections: { readonly name: string; readonly place: Place }[] = [];
  let section = '';
  for (let n = 0; n < lines.length; n += 1) {
    const raw = lines[n] ?? '';
    const line = raw.trim();
    const place: Place = { file, line: n + 1, column: raw.length - raw.trimStart().length + 1 };
    const fail = (message: string) => err(failure('E_CONFIG_PARSE', message, { place }));
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    if (line.startsWith('[')) {
      const end = line.lastIndexOf(']');
      if (end === -1) return fail(`unclosed section: ${line}`);
      const name = line.slice(1, end).trim();
      if (name === '') return fail('empty section name');
      section = name === 'DEFAULT' ? '' : name;
      sections.push({ name: section, place });
      continue;
    }
    const split = splitKey(line);
    if (typeof split === 'string') return fail(split);
    const read = readValue(split.rest, lines, n);
    if (read === undefined) return fail(`the quote that begins the value of "${split.key}" is not closed`);
    n = read.last;
    entries.push({ section, key: split.key, value: read.value, place });
  }
  const find = (wanted: string, key: string) => entries.findLast((e) => e.section === wanted && e.key === key);
  return ok({
    entries,
    sections,
    value: (wanted, key) => find(wanted, key)?.value,
    place: (wanted, key) => find(wanted, key)?.place,
  });
}

function splitKey(line: string): { readonly key: string; readonly rest: string } | string {
  const quote = /^("""|"|`)/.exec(line)?.[1];
  if (quote === undefined) {
    const at = line.search(/[=:]/);
    if (at === -1) return `key-value delimiter not found: ${line}`;
    if (at === 0) return `empty key name: ${line}`;
    return { key: line.slice(0, at).trim(), rest: line.slice(at + 1) };
  }
  const end = line.indexOf(quote, quote.length);
  if (end === -1) return `missing closing key quote: ${line}`;
  const after = /^\s*[=:]/.exec(line.slice(end + quote.length));
  if (after === null) return `key-value delimiter not found: ${line}`;
  return { key: line.slice(quote.length, end), rest: line.slice(end + quote.length + after[0].length) };
}

/** The value that begins in `rest`, and the last line that it takes; nothing where a quote stays open. */
function readValue(
  rest: string,
  lines: readonly string[],
  at: number,
): { readonly value: string; readonly last: number } | undefined {
  const text = rest.trimStart();
  const quote = /^("""|`)/.exec(text)?.[1];
  if (quote !== undefined) return readQuoted(text.slice(quote.length), quote, lines, at);
  let value = text.trim();
  let last = at;
  while (value.endsWith('\\')) {
    value = value.slice(0, -1);
    last += 1;
    const next = lines[last]?.trim();
    if (next === undefined || next === '') break;
    value += next;
  }
  // A comment sign inside quotes begins a comment too: only backticks and triple quotes keep it.
  const comment = value.search(/[#;]/);
  if (comment !== -1) value = value.slice(0, comment).trim();
  const surrounded = /^(["'])([\s\S]*)\1$/.exec(value);
  if (surrounded?.[1] !== undefined && !surrounded[2]?.includes(surrounded[1])) value = surrounded[2] ?? '';
  return { value, last };
}

function readQuoted(
  first: string,
  quote: string,
  lines: readonly string[],
  at: number,
): { readonly value: string; readonly last: number } | undefined {
  const parts = [];
  for (let last = at; last < lines.length; last += 1) {
    const line = last === at ? first : (lines[last] ?? '');
    const end = line.indexOf(quote);
    if (end !== -1) return { value: [...parts, line.slice(0, end)].join('\n'), last };
    parts.push(line);
  }
  return undefined;
}
