import type { Scrubber, SecretsPolicy } from '@plumbline/contracts';
import type { Path } from './merge.ts';
import { capturesOf, rulesOf } from './redaction.ts';

/** A value as it may be shown. */
export type Mask = (path: Path, text: string) => string;

/**
 * Hides what is known to be a secret, and what a redaction rule of the stack takes for one: in the text itself, or in the
 * text as it stands behind its key, as a password that is a label would. Pure.
 */
export function maskOf(
  { redaction, replacement }: Pick<SecretsPolicy, 'redaction' | 'replacement'>,
  scrubber: Scrubber,
): Mask {
  const rules = rulesOf(redaction);
  return (path, text) => {
    const behind = `${String(path.at(-1) ?? '')}=`;
    const masked = rules.reduce((shown, rule) => hidden(shown, rule, replacement), `${behind}${scrubber.text(text)}`);
    return masked.startsWith(behind) ? masked.slice(behind.length) : replacement;
  };
}

/** Every group that a rule captures gives way; what is around it stays readable. */
function hidden(text: string, rule: RegExp, replacement: string): string {
  let [shown, from] = ['', 0];
  for (const [start, end] of capturesOf(text, rule)) {
    if (start < from) continue;
    shown += `${text.slice(from, start)}${replacement}`;
    from = end;
  }
  return shown + text.slice(from);
}
