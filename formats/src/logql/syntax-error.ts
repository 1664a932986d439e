import { refuse, refuseAt } from './error.ts';

/** Refuses a text at the place where the grammar stops, naming what stands there and what Loki would have liked. */
export function refuseSyntax(text: string, offset: number): never {
  if (text.trim() === '') return refuse('syntax error: unexpected $end');
  const at = offset + (/^\s*/.exec(text.slice(offset))?.[0].length ?? 0);
  const rest = text.slice(at);
  if (/^["`]/.test(rest) && !/^(?:"(?:\\.|[^"\\\n])*"|`[^`]*`)/.test(rest))
    return refuseAt(text, at, 'literal not terminated');
  const expected = expecting(text.slice(0, at).trimEnd());
  return refuseAt(
    text,
    at,
    `syntax error: unexpected ${tokenName(rest)}${expected === undefined ? '' : `, expecting ${expected}`}`,
  );
}

function tokenName(rest: string): string {
  if (rest === '') return '$end';
  if (/^["`]/.test(rest)) return 'STRING';
  if (/^\d/.test(rest)) return 'NUMBER';
  const word = /^[A-Za-z_][A-Za-z0-9_]*/.exec(rest)?.[0];
  if (word !== undefined) return keywords.has(word) ? word : 'IDENTIFIER';
  return /^(?:\|=|\|~|!=|!~|=~|==|>=|<=|\|>|!>)/.exec(rest)?.[0] ?? rest.slice(0, 1);
}

const keywords = new Set([
  'by',
  'without',
  'json',
  'logfmt',
  'unwrap',
  'offset',
  'bool',
  'on',
  'ignoring',
  'and',
  'or',
  'unless',
  'sum',
  'min',
  'max',
  'avg',
  'count',
  'rate',
  'count_over_time',
]);

/** Only where Loki's parser names at most four tokens; elsewhere it names none. */
function expecting(before: string): string | undefined {
  const inSelector = /\{[^{}]*$/.exec(before.replace(/"(?:\\.|[^"\\])*"|`[^`]*`/g, '""'))?.[0];
  if (/(?:\|=|\|~)$/.test(before)) return undefined;
  if (inSelector === undefined) return undefined;
  if (/\{$/.test(inSelector)) return 'IDENTIFIER or }';
  if (/,$/.test(inSelector)) return 'IDENTIFIER';
  if (/(?:=|!=|=~|!~)$/.test(inSelector)) return 'STRING';
  if (/""$/.test(inSelector)) return '} or ,';
  return '= or =~ or !~ or !=';
}
