import { type Result, taxonomy } from '../../contracts/src/index.ts';

/** No message is longer: a person reads it, and a file may hold a key of a mebibyte. */
const LONGEST = 4096;

/** What a loader was given: one file, by its name, and the bytes in it. */
export interface Given {
  readonly file: string;
  readonly bytes: Uint8Array;
}

/**
 * What is wrong with what a loader answered; undefined where nothing is. A loader answers with a value, or with a code
 * of the taxonomy, a message and a place, which lies in the file where it is of that file.
 */
export function faultOf(answer: unknown, { file, bytes }: Given): string | undefined {
  if (typeof answer !== 'object' || answer === null || !('ok' in answer)) return `answered ${String(answer)}`;
  const result = answer as Result<unknown>;
  if (result.ok) return undefined;
  const { code, message, place } = result.failure;
  if (!Object.hasOwn(taxonomy.errors, code)) return `the code ${code} is not in the taxonomy`;
  if (message.trim() === '') return `${code} says nothing`;
  if (message.length > LONGEST) return `${code} says ${message.length} characters`;
  if (/\n\s+at .*:\d+:\d+/.test(message)) return `${code} shows a stack: ${message}`;
  if (place?.file === undefined || place.file === '') return `${code} has no place: ${message}`;
  if (place.file !== file || place.line === undefined) return undefined;
  const lines = new TextDecoder().decode(bytes).split('\n');
  const line = lines[place.line - 1];
  // Where the end of a file is wrong, that is its place.
  if (line === undefined && place.line !== lines.length + 1)
    return `${code} is in line ${place.line} of ${lines.length}`;
  const column = place.column ?? 1;
  return column >= 1 && column <= (line ?? '').length + 1
    ? undefined
    : `${code} is in column ${column} of ${line?.length} of line ${place.line}`;
}
