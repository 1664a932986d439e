import type { Place } from '@plumbline/contracts';
import { pointerOf } from '@plumbline/formats/json-patch';
import type { Finding, Subject } from './finding.ts';
import { checkRules, semanticRules } from './rules.ts';
import { checkSchema } from './schema.ts';

/** A finding with its place in a file. */
export interface Placed extends Finding {
  readonly place: Place;
}

/**
 * Everything that is wrong with a configuration, by schema and by meaning, in the order of the file. What a rule says
 * of a value is told instead of what the schema says of it: a rule knows more. Pure.
 */
export function lintConfig(subject: Subject): readonly Placed[] {
  const schema = checkSchema(subject);
  // Keys of another version mean something else: nothing more can be said.
  const version = schema.find(({ rule }) => rule === 'schema-version');
  if (version !== undefined) return [placed(version, subject)];
  const meaning = checkRules(semanticRules, subject);
  const known = new Set(meaning.filter((f) => f.severity === 'error').map(({ path }) => pointerOf(path)));
  const rest = schema.filter(({ rule, path }) => rule === 'missing-key' || !known.has(pointerOf(path)));
  return inOrder([...rest, ...meaning].map((finding) => placed(finding, subject)));
}

/** Findings by their place in the file; what is in other files comes last. Pure. */
export function inOrder(findings: readonly Placed[]): readonly Placed[] {
  return [...findings].sort(byPlace);
}

function placed(finding: Finding, { document }: Subject): Placed {
  return { ...finding, place: finding.elsewhere ?? document.place(finding.path, finding.onKey) };
}

function byPlace(a: Placed, b: Placed): number {
  const elsewhere = Number(a.elsewhere !== undefined) - Number(b.elsewhere !== undefined);
  return elsewhere || (a.place.line ?? 0) - (b.place.line ?? 0) || (a.place.column ?? 0) - (b.place.column ?? 0);
}

/** 0 clean, 1 warnings only, 2 errors. */
export function exitOf(findings: readonly Finding[]): 0 | 1 | 2 {
  if (findings.length === 0) return 0;
  return findings.some(({ severity }) => severity === 'error') ? 2 : 1;
}
