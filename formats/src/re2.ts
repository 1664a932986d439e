import { err, failure, ok, type Result } from '@plumbline/contracts';
import { Translator } from './re2/translator.ts';

export interface Re2Options {
  /** Matches the whole text only, as Prometheus label rules and LogQL matchers do. */
  readonly full?: boolean;
  /** Initial RE2 flags (`i`, `s`, `m`, `U`) and JavaScript's own `g`, `y`, `d`. */
  readonly flags?: string;
}

/**
 * Translates Go's RE2 syntax to a RegExp that matches the same text: inline flags anywhere, `\A`, `\z`, POSIX and
 * Unicode classes, `\Q…\E`, `(?P<name>…)`. What RE2 refuses (look-around, back-references, counts over 1000) is
 * refused here, with Go's words.
 *
 * Two differences remain: matching is by backtracking, so no linear-time promise; and a group inside a repetition
 * holds what the last round captured, where RE2 may keep an earlier round's.
 */
export function compileRe2(source: string, options: Re2Options = {}): Result<RegExp> {
  const flags = options.flags ?? '';
  const start = { i: flags.includes('i'), s: flags.includes('s'), m: flags.includes('m'), U: flags.includes('U') };
  const first = new Translator(source, start, 'flag').translate();
  if (!first.ok) return err(failure('E_CONFIG_PARSE', `error parsing regexp: ${first.message}`));
  let translated = first;
  // JavaScript's `i` covers the whole pattern; where only a part ignores case, that part's letters are spelled out.
  if (first.ignoresCase && first.keepsCase) {
    const again = new Translator(source, start, 'spell').translate();
    if (again.ok) translated = { ...again, ignoresCase: false };
  }
  const pattern = options.full ? `^(?:${translated.pattern})$` : translated.pattern;
  const jsFlags = `u${translated.ignoresCase ? 'i' : ''}${[...'gyd'].filter((f) => flags.includes(f)).join('')}`;
  try {
    return ok(new RegExp(pattern, jsFlags));
  } catch (cause) {
    return err(failure('E_CONFIG_PARSE', `error parsing regexp: ${(cause as Error).message}`));
  }
}
