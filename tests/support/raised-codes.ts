import { appendFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** The codes that this process has written down already. */
const noted = new Set<string>();

/** Where a run of all tests wants to be told which codes were raised; undefined where nobody asks. */
function list(): string | undefined {
  return process.env.PLUMBLINE_RAISED_CODES;
}

function note(code: string): void {
  const path = list();
  if (path === undefined || noted.has(code)) return;
  noted.add(code);
  // One short line is appended whole, whoever else appends meanwhile.
  appendFileSync(path, `${code}\n`);
}

/** Called by every `failure(…)` of a run of all tests (raised-codes-plugin.ts). What a test itself makes up is not raised. */
export function noteRaised(code: string): void {
  if (noted.has(code)) return;
  const caller = callerOf(new Error().stack ?? '');
  if (caller !== undefined && isSource(relative(root, caller))) note(code);
}

/** Takes the codes from what a program of ours printed about an error, and lets the text through. */
export function notePrinted(text: string): void {
  if (list() !== undefined) for (const code of printedCodes(text)) note(code);
}

/** The file that called `failure`: the first in a stack below the functions that look. */
export function callerOf(stack: string): string | undefined {
  const files = stack
    .split('\n')
    .flatMap((line) => /(?:\(|at )(?:file:\/\/)?(\/.+?):\d+:\d+\)?$/.exec(line)?.[1] ?? []);
  const failure = files.findLastIndex((file) => file.endsWith('contracts/src/failure.ts'));
  return files[failure + 1];
}

/** Whether a file of the repository is part of Plumbline and not of its tests. */
export function isSource(path: string): boolean {
  return !path.startsWith('..') && !/^tests\/|\.test\.ts$|\/testing[^/]*\.ts$/.test(path);
}

/** The codes of the errors in a text: `E_… (bucket)` for people, `"code": "E_…"` in JSON. A list of codes is no error. */
export function printedCodes(text: string): readonly string[] {
  const found = text.matchAll(/\b(E_[A-Z_]+) \([a-z]+\)|"code": ?"(E_[A-Z_]+)"/g);
  return [...new Set([...found].map(([, told, json]) => told ?? (json as string)))];
}
