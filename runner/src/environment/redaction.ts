import type { SecretsPolicy } from '@plumbline/contracts';
import { compileRe2 } from '@plumbline/formats/re2';

/** The redaction rules of a stack, as they are applied to text. */
export type Rules = readonly RegExp[];

/** Compiles the rules of a policy. One that cannot be compiled is the linter's to tell. Pure. */
export function rulesOf(redaction: readonly Pick<SecretsPolicy['redaction'][number], 'expression'>[]): Rules {
  return redaction.flatMap(({ expression }) => {
    const compiled = compileRe2(expression, { flags: 'gd' });
    return compiled.ok ? [compiled.value] : [];
  });
}

/** Where the groups are that a rule captures: what they hold is the secret, what is around them is not. Pure. */
export function capturesOf(text: string, rule: RegExp): readonly (readonly [from: number, to: number])[] {
  return [...text.matchAll(rule)].flatMap((match) =>
    (match.indices ?? []).slice(1).flatMap((span) => (span === undefined ? [] : [span])),
  );
}
