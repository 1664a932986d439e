import type { ErrorCode } from '@plumbline/contracts';
import actions from '../actions.json' with { type: 'json' };
import causes from '../causes.json' with { type: 'json' };

/** The one thing to do about a code, and an example of it: an edit as a merge patch (RFC 7396), or a command. */
export interface Action {
  readonly action: string;
  readonly patch: { readonly file: string; readonly merge: object } | { readonly command: string };
}

/** Every code's action. A new code of the taxonomy does not compile until it has one. */
export const actionOf: Readonly<Record<ErrorCode, Action>> = actions;

/** Cause -> the codes that it explains where both are raised. */
export const explains = causes as Readonly<Partial<Record<ErrorCode, readonly ErrorCode[]>>>;

/** Every code that a code explains, directly or through others. */
export function consequencesOf(code: ErrorCode): ReadonlySet<ErrorCode> {
  const found = new Set<ErrorCode>();
  const visit = (from: ErrorCode): void => {
    for (const to of explains[from] ?? []) {
      if (found.has(to)) continue;
      found.add(to);
      visit(to);
    }
  };
  visit(code);
  return found;
}
