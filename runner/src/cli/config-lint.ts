import { err, type Failure, failure, failureExit, hintOf, ok, type Result } from '@plumbline/contracts';
import { didYouMean } from '@plumbline/formats/did-you-mean';
import { isYaml } from '@plumbline/formats/source';
import { files } from '../adapters/files.ts';
import { pathMapRule } from '../environment/lint-paths.ts';
import { mergeEnvironment } from '../environment/load.ts';
import type { EnvironmentRef } from '../environment/locate.ts';
import type { Given } from '../environment/overrides.ts';
import type { Subject } from '../lint/finding.ts';
import { type Fixed, fix } from '../lint/fix.ts';
import { exitOf, inOrder, lintConfig, type Placed } from '../lint/lint-config.ts';
import { lintText } from '../lint/lint-text.ts';
import { semanticRules } from '../lint/rules.ts';
import { schemaRules } from '../lint/schema.ts';
import { isObject } from '../lint/subject.ts';
import { replaceText } from './config-file.ts';
import { pathFindings } from './config-paths.ts';
import { worldOf } from './config-world.ts';
import { givenOf, refOf } from './environment.ts';
import type { CommonOptions } from './options.ts';
import { print, printFailure, tell } from './output.ts';

/** What `config lint` takes. */
export interface LintOptions extends CommonOptions {
  /** Rules whose patches are applied; `all` is every rule. */
  readonly fix?: readonly string[];
}

/** `config lint [PATH]`: everything that is wrong with a configuration. 0 clean, 1 warnings only, 2 errors. */
export async function configLint(path: string | undefined, options: LintOptions): Promise<number> {
  const json = options.json === true;
  const linted = await lintFile(
    path === undefined ? refOf(options) : { file: path },
    givenOf(options),
    options.fix ?? [],
  );
  if (!linted.ok) {
    printFailure(linted.failure, json);
    return failureExit(linted.failure.code);
  }
  const { fixed, unseen } = linted.value;
  // Said on stderr, and no finding: that nobody could look is no fault of the configuration.
  for (const one of unseen) tell(`not looked at: ${one.message}`);
  print(json ? JSON.stringify(asJson(fixed), null, 2) : lintText(fixed));
  return exitOf(fixed.left);
}

async function lintFile(
  ref: EnvironmentRef,
  given: Given,
  names: readonly string[],
): Promise<Result<{ readonly fixed: Fixed; readonly unseen: readonly Failure[] }>> {
  const rules = rulesOf(names);
  if (!rules.ok) return rules;
  const merged = await mergeEnvironment(ref, files, given);
  if (!merged.ok) return merged;
  const { document, sources, overrides } = merged.value;
  const { file, text } = sources[0];
  const config = document.value;
  if (!isObject(config)) {
    const place = document.place([]);
    return err(failure('E_CONFIG_INVALID_VALUE', 'an environment is an object: { … }', { place }));
  }
  const { world, unseen } = await worldOf({ config, document });
  // The one to migrate is the one that says the version, which may be extended by this one.
  const versioned = document.place(['schema_version']).file ?? file;
  const subject: Subject = { file: versioned, text, document, config, world };
  const many = isYaml(file) ? 'it is YAML' : sources.length > 1 ? 'it extends another' : undefined;
  const why = many ?? (overrides.length > 0 ? 'a flag or a variable sets a value of it' : undefined);
  if (names.length === 0) {
    const found = inOrder([...lintConfig(subject), ...(await pathFindings(merged.value))]);
    // A patch is for the document that was read: of what is put together there is none.
    const left = why === undefined ? found : found.map(({ patch: _, ...finding }) => finding);
    return ok({ fixed: { subject: { ...subject, file }, applied: [], left }, unseen });
  }
  if (why !== undefined) return err(notMended(file, why));
  const fixed = fix(subject, rules.value);
  if (!fixed.ok) return fixed;
  if (fixed.value.subject.text !== text) {
    const written = await replaceText(sources[0], fixed.value.subject.text);
    if (!written.ok) return written;
  }
  const after = { ...fixed.value.subject.document, value: fixed.value.subject.config };
  const left = inOrder([...fixed.value.left, ...(await pathFindings({ ...merged.value, document: after }))]);
  return ok({ fixed: { ...fixed.value, left }, unseen });
}

/** A patch is made for one JSON file that says everything: elsewhere it would write down twice what another says. */
function notMended(file: string, why: string): Failure {
  const message = `--fix changes one whole JSON file, and not ${file}: ${why}`;
  const hint = 'leave --fix away: each finding names the file and line to be changed by hand';
  return failure('E_CONFIG_USAGE', message, { place: { file }, hint });
}

/** The rules that --fix names, by spaces or commas. E_CONFIG_USAGE where there is no such rule. */
function rulesOf(names: readonly string[]): Result<ReadonlySet<string> | 'all'> {
  const asked = names.flatMap((name) => name.split(',')).filter((name) => name !== '');
  const known = [...schemaRules, ...semanticRules, pathMapRule].map(({ id }) => id);
  const stranger = asked.find((name) => name !== 'all' && !known.includes(name));
  if (stranger !== undefined) {
    const hint = `the rules are ${known.join(', ')}, or all; a path comes before --fix`;
    const message = `--fix ${stranger}: there is no such rule${didYouMean(stranger, [...known, 'all'])}`;
    return err(failure('E_CONFIG_USAGE', message, { hint }));
  }
  return ok(asked.includes('all') ? 'all' : new Set(asked));
}

function asJson({ subject, applied, left }: Fixed) {
  return { file: subject.file, exit_code: exitOf(left), findings: left.map(told), fixed: applied.map(told) };
}

function told(finding: Placed) {
  const { rule, code, severity, message, place, patch } = finding;
  return { rule, code, severity, message, place, hint: hintOf(finding), ...(patch === undefined ? {} : { patch }) };
}
