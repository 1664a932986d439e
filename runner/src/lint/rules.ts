import type { Finding, Found, Rule, Subject } from './finding.ts';
import { profileKnown, runDir } from './rules/filesystem.ts';
import { imageTag } from './rules/images.ts';
import { pathAbsolute } from './rules/paths.ts';
import { placeholders } from './rules/placeholders.ts';
import { portDistinct, portFree, portRange } from './rules/ports.ts';
import { projectName } from './rules/project.ts';
import { retention } from './rules/retention.ts';
import { serviceMissing, serviceUnknown } from './rules/services.ts';
import { sourceName } from './rules/sources.ts';
import { secretsPolicy, stackFound, stackWhole } from './rules/stack.ts';
import { toggleBoolean } from './rules/toggles.ts';

/** What a schema cannot say of an environment (seed 002, P19). docs/lint.md has them as a table. */
export const semanticRules: readonly Rule[] = [
  serviceUnknown,
  serviceMissing,
  portRange,
  portDistinct,
  portFree,
  pathAbsolute,
  profileKnown,
  runDir,
  projectName,
  imageTag,
  toggleBoolean,
  retention,
  sourceName,
  placeholders,
  stackFound,
  secretsPolicy,
  stackWhole,
];

/** What some of the rules find, in their order. Pure. */
export function checkRules(rules: readonly Rule[], subject: Subject): readonly Finding[] {
  return rules.flatMap(({ id, code, severity, check }) =>
    check(subject).map((found: Found): Finding => ({ rule: id, code, severity, ...found })),
  );
}
