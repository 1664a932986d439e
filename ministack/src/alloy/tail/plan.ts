import type { Place } from './state.ts';

/** A file that may hold what has not been read yet: the live path or a rotated sibling. */
export interface Candidate {
  readonly path: string;
  readonly dev: string;
  readonly ino: string;
  readonly size: number;
  /** The bytes before the saved offset, and the first ones, are those that were read. False where it is shorter. */
  readonly matches: boolean;
  /** The file is no longer than what was read, and begins with it. */
  readonly prefix: boolean;
  /** A sibling that holds what the live file begins with: a copy being made, before the live file is truncated. */
  readonly copying?: boolean;
}

/** Read this file from there. `continues` where it is what the state was about. */
export interface Segment<C extends Candidate> {
  readonly file: C;
  readonly from: number;
  readonly continues: boolean;
}

/**
 * Decides what to read, and in which order, from how far a file had been read and what lies there now.
 *
 * - It is still the live file: go on.
 * - It was renamed: the inode under its new name, then the rotated ones that are newer, then the live file.
 * - It was copied and truncated: the copy that holds the same bytes, from the offset on; then as above. A copy that
 *   ends before the offset has been read already.
 * - It was truncated, or is gone: rotated files not seen before, then the live file.
 *
 * `siblings` are in the order of their age, the oldest first; `known` says which of them were there when the state was
 * saved.
 */
export function plan<C extends Candidate>(
  saved: Place,
  known: ReadonlySet<string>,
  live: C | undefined,
  siblings: readonly C[],
): readonly Segment<C>[] {
  const same = (c: C) => c.ino === saved.ino;
  const continues = (c: C) => (saved.offset > 0 ? c.matches : same(c));
  const unseen = (c: C) => !known.has(c.ino);
  const fromStart = (files: readonly C[]) => files.map((file) => ({ file, from: 0, continues: false }));
  const after = (from: number) => fromStart([...siblings.slice(from), ...(live ? [live] : [])]);

  // With nothing read there is no trace of it in a copy; a sibling that was not there before is older content of it.
  const older = (files: readonly C[]) =>
    saved.offset === 0 ? fromStart(files.filter((c) => unseen(c) && !c.copying)) : [];
  if (live && same(live) && continues(live)) {
    return [...older(siblings), { file: live, from: saved.offset, continues: true }];
  }
  const anchor = firstOf([
    siblings.findIndex((c) => same(c) && continues(c)),
    saved.offset > 0 ? siblings.findIndex((c) => unseen(c) && c.matches) : -1,
    saved.offset > 0 ? siblings.findLastIndex((c) => c.matches) : -1,
  ]);
  if (anchor !== undefined) {
    const found = { file: siblings[anchor]!, from: saved.offset, continues: true };
    return [...older(siblings.slice(0, anchor)), found, ...after(anchor + 1)];
  }
  const shorter = saved.offset > 0 ? siblings.findIndex((c) => unseen(c) && c.prefix) : -1;
  if (shorter >= 0) return after(shorter + 1);
  if (live && !same(live) && saved.offset > 0 && live.matches)
    return [{ file: live, from: saved.offset, continues: true }];
  return fromStart([...siblings.filter(unseen), ...(live ? [live] : [])]);
}

function firstOf(indexes: readonly number[]): number | undefined {
  return indexes.find((i) => i >= 0);
}
