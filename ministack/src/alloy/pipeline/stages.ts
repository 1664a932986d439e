import { err, ok, type Result } from '@plumbline/contracts';
import type { AlloyObject, Value } from '@plumbline/formats/alloy';
import { parseGoDuration } from '@plumbline/formats/go-duration';
import { parseGoSize } from '@plumbline/formats/go-size';
import { compileRe2 } from '@plumbline/formats/re2';
import type { Arguments } from '../config/arguments.ts';
import type { Entry } from './entry.ts';
import { jsonStage } from './json-stage.ts';
import { replacer } from './replace.ts';

/** Changes an entry; a reason means that the entry is dropped for it. */
export type Stage = (entry: Entry) => string | undefined;

/** What a drop stage tells about a line that it drops for its length. */
export type OnTooLong = (entry: Entry, bytes: number, limit: number) => void;

/** Makes a stage of its decoded block. */
export function stage(args: Arguments, onTooLong: OnTooLong): Result<Stage, string> {
  const text = (name: string) => args.values[name] as string;
  const pairs = () => [...(args.values.values as AlloyObject)] as [string, string][];
  const names = () => new Set(args.values.values as readonly string[]);
  switch (args.name) {
    case 'stage.drop':
      return dropStage(args, onTooLong);
    case 'stage.json':
      return jsonStage(
        [...(args.values.expressions as AlloyObject)] as [string, string][],
        text('source'),
        args.values.drop_malformed === true,
      );
    case 'stage.replace':
      return replaceStage(text('expression'), text('replace'), text('source'));
    case 'stage.regex':
      return regexStage(text('expression'), text('source'));
    case 'stage.labels': {
      const wanted = pairs().map(([label, source]) => [label, source || label] as const);
      return ok((entry) => {
        const found = wanted.flatMap(([label, source]) =>
          entry.extracted![source] === undefined ? [] : [[label, shown(entry.extracted![source])]],
        );
        if (found.length > 0) entry.labels = { ...entry.labels, ...Object.fromEntries(found) };
        return undefined;
      });
    }
    case 'stage.static_labels': {
      const added = Object.fromEntries(pairs());
      return ok((entry) => {
        entry.labels = { ...entry.labels, ...added };
        return undefined;
      });
    }
    case 'stage.label_drop':
    case 'stage.label_keep': {
      const set = names();
      const keep = args.name === 'stage.label_keep';
      return ok((entry) => {
        entry.labels = Object.fromEntries(Object.entries(entry.labels).filter(([name]) => set.has(name) === keep));
        return undefined;
      });
    }
    case 'stage.output':
      return ok((entry) => {
        const value = entry.extracted![text('source')];
        if (value !== undefined) entry.line = shown(value);
        return undefined;
      });
    default:
      return err(`${args.name} is not implemented by the stand-in`);
  }
}

/** An extracted value as text. */
function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function replaceStage(expression: string, template: string, source: string): Result<Stage, string> {
  const replace = replacer(expression, template);
  if (!replace.ok) return replace;
  return ok((entry) => {
    if (source === '') entry.line = replace.value(entry.line);
    else if (entry.extracted![source] !== undefined)
      entry.extracted![source] = replace.value(shown(entry.extracted![source]));
    return undefined;
  });
}

function regexStage(expression: string, source: string): Result<Stage, string> {
  const compiled = compileRe2(expression);
  if (!compiled.ok) return err(compiled.failure.message);
  if (!/\(\?P?<[^=!]/.test(expression)) return err('at least one named capture group must be supplied');
  return ok((entry) => {
    const input = source === '' ? entry.line : entry.extracted![source];
    const found = input === undefined ? null : compiled.value.exec(shown(input));
    for (const [name, value] of Object.entries(found?.groups ?? {})) entry.extracted![name] = value ?? '';
    return undefined;
  });
}

function dropStage(args: Arguments, onTooLong: OnTooLong): Result<Stage, string> {
  const text = (name: string) => args.values[name] as string;
  const [source, value, expression, reason] = [
    text('source'),
    text('value'),
    text('expression'),
    text('drop_counter_reason') || 'drop_stage',
  ];
  const longer = numeric(parseGoSize(text('longer_than')));
  const older = numeric(parseGoDuration(text('older_than')));
  if (!source && !expression && !longer && !older) {
    return err('drop stage config must contain at least one of `source`, `expression`, `older_than` or `longer_than`');
  }
  if (value && expression)
    return err('drop stage config error, `value` and `expression` cannot both be defined at the same time.');
  if (value && !source) return err('drop stage config must contain `source` if `value` is specified');
  const pattern = value ? `^${value.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&')}$` : expression;
  const compiled = pattern ? compileRe2(pattern) : undefined;
  if (compiled && !compiled.ok) return err(`drop stage regex compilation error: ${compiled.failure.message}`);
  const regex = compiled?.value;
  const sources = source === '' ? [] : source.split(',');
  // All conditions must hold. Lines are stamped when they are read, so none is ever older than a positive age.
  return ok((entry) => {
    const bytes = longer ? Buffer.byteLength(entry.line) : 0;
    if (longer && bytes <= longer) return undefined;
    if (older > 0) return undefined;
    if (sources.length > 0 && !regex && sources.some((name) => entry.extracted![name] === undefined)) return undefined;
    if (regex) {
      const parts = sources.flatMap((name) =>
        entry.extracted![name] === undefined ? [] : [shown(entry.extracted![name])],
      );
      if (!regex.test(sources.length > 0 ? parts.join(text('separator') || ';') : entry.line)) return undefined;
    }
    if (longer) onTooLong(entry, bytes, longer);
    return reason;
  });
}

function numeric(result: Result<number>): number {
  return result.ok ? result.value : 0;
}

/** The limit of a drop stage that drops by length alone; undefined for any other. */
export function lengthLimit(args: Arguments): { readonly limit: number; readonly reason: string } | undefined {
  const only =
    ['source', 'value', 'expression'].every((name) => args.values[name] === '') && !args.given.has('older_than');
  const limit = args.name === 'stage.drop' && only ? numeric(parseGoSize(args.values.longer_than as string)) : 0;
  return limit > 0
    ? { limit, reason: (args.values.drop_counter_reason as Value as string) || 'drop_stage' }
    : undefined;
}
