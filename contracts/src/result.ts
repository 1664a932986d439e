import type { Failure } from './failure.ts';

/** An expected outcome: a value, or the one failure that prevented it. Exceptions are left for bugs. */
export type Result<T, F = Failure> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: F };

/** Wraps a value as a successful result. */
export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

/** Wraps a failure as an unsuccessful result. */
export function err<F>(failure: F): { readonly ok: false; readonly failure: F } {
  return { ok: false, failure };
}
