import type { Scrubber, SecretsPolicy } from '@plumbline/contracts';
import { compileRe2 } from '@plumbline/formats/re2';
import type { Path } from './merge.ts';

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
  const rules = redaction.flatMap(({ expression }) => {
    const compiled = compileRe2(expression, { flags: 'gd' });
    return compiled.ok ? [compiled.value] : [];
  });
  return (path, text) => {
    const behind = `${String(path.at(-1) ?? '')}=`;
    const masked = rules.reduce((shown, rule) => hidden(shown, rule, replacement), `${behind}${scrubber.text(text)}`);
    return masked.startsWith(behind) ? masked.slice(behind.length) : replacement;
  };
}

/** Every group that a rule captures gives way; what is around it stays readable. */
function hidden(text: string, rule: RegExp, replacement: string): string {
  let [shown, from] = ['', 0];
  for (const match of text.matchAll(rule)) {
    for (const span of (match.indices ?? []).slice(1)) {
      if (span === undefined || span[0] < from) continue;
      shown += `${text.slice(from, span[0])}${replacement}`;
      from = span[1];
    }
  }
  return shown + text.slice(from);
}
