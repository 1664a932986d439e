import type { Bucket, ErrorCode } from './generated/error-codes.ts';
import { taxonomy } from './taxonomy.ts';

/** Where in a file a failure was found. `line` and `column` count from 1; `pointer` is a JSON pointer (RFC 6901). */
export interface Place {
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly pointer?: string;
}

/** One expected failure. `code` is of the taxonomy (seed 002, P4), which also gives the bucket and the usual hint. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly place?: Place;
  /** Replaces the taxonomy's hint where more is known. */
  readonly hint?: string;
  readonly evidence?: Readonly<Record<string, unknown>>;
}

/** A message is for people, and may quote a file that holds a name of a mebibyte. No path of Linux is longer. */
const MOST_CHARACTERS = 4096;

/** Makes a failure; the options are left out of it where they are not given. */
export function failure(code: ErrorCode, message: string, more: Omit<Failure, 'code' | 'message'> = {}): Failure {
  const told = message.length <= MOST_CHARACTERS ? message : `${message.slice(0, MOST_CHARACTERS - 1)}…`;
  return { code, message: told, ...more };
}

/** The bucket of a code. */
export function bucketOf(code: ErrorCode): Bucket {
  return taxonomy.errors[code].bucket;
}

/** The failure's own hint, else its code's. */
export function hintOf(f: Failure): string {
  return f.hint ?? taxonomy.errors[f.code].hint;
}

/** Where a value of an environment is written; its file alone where that is all that is known. */
export function placeOf(
  { file, origins }: { readonly file: string; readonly origins: Readonly<Record<string, Place>> },
  pointer: string,
): Place {
  return { ...(Object.hasOwn(origins, pointer) ? origins[pointer] : { file }), pointer };
}

/** The page about a code, with its place there: relative to the checkout (scripts/generate-docs.mjs writes it). */
export function docsOf(code: ErrorCode): string {
  return `docs/errors/${bucketOf(code)}.md#${code.toLowerCase()}`;
}

/** `file:line:column`, as editors and compilers write it; empty where no file is known. */
export function placeText(place: Place | undefined): string {
  if (place?.file === undefined) return place?.pointer ?? '';
  const at = [place.file, place.line, place.column].filter((part) => part !== undefined).join(':');
  return place.pointer ? `${at} (${place.pointer})` : at;
}
