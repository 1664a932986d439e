import { ok, type Result } from '@plumbline/contracts';
import { patchJsonText } from '@plumbline/formats/json-edit';
import type { Subject } from './finding.ts';
import { lintConfig, type Placed } from './lint-config.ts';
import { readSubject } from './subject.ts';

/** What the patches of some rules have made of a configuration. */
export interface Fixed {
  readonly subject: Subject;
  /** The findings that were mended, as they were found. */
  readonly applied: readonly Placed[];
  /** What is still wrong. */
  readonly left: readonly Placed[];
}

/** No file has as many faults; two patches that undo each other would go on for ever. */
const MOST = 500;

/**
 * Applies the patches of the rules that are named, or of all, one at a time: each is made from the text as the one
 * before has left it. Pure; the failures are those of readSubject.
 */
export function fix(start: Subject, rules: ReadonlySet<string> | 'all'): Result<Fixed> {
  const applied: Placed[] = [];
  let subject = start;
  for (;;) {
    const left = lintConfig(subject);
    const next = left.find(({ rule, patch }) => patch !== undefined && (rules === 'all' || rules.has(rule)));
    if (next?.patch === undefined || applied.length === MOST) return ok({ subject, applied, left });
    const read = readSubject(patchJsonText(subject.text, next.patch), subject.file, subject.world);
    if (!read.ok) return read;
    applied.push(next);
    subject = read.value;
  }
}
