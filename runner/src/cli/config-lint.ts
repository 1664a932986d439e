import { err, type Failure, failure, failureExit, hintOf, ok, type Result } from '@plumbline/contracts';
import { didYouMean } from '@plumbline/formats/did-you-mean';
import type { Subject, World } from '../lint/finding.ts';
import { type Fixed, fix } from '../lint/fix.ts';
import { exitOf, lintConfig, type Placed } from '../lint/lint-config.ts';
import { lintText } from '../lint/lint-text.ts';
import { semanticRules } from '../lint/rules.ts';
import { schemaRules } from '../lint/schema.ts';
import { readSubject } from '../lint/subject.ts';
import { configPath, readConfigFile, writeConfigFile } from './config-file.ts';
import { worldOf } from './config-world.ts';
import type { CommonOptions } from './options.ts';
import { print, printFailure, tell } from './output.ts';

/** What `config lint` takes. */
export interface LintOptions extends CommonOptions {
  /** Rules whose patches are applied; `all` is every rule. */
  readonly fix?: readonly string[];
}

const NOWHERE: World = { stacks: new Map(), shipped: '', home: '', listeners: [], own: new Set() };

/** `config lint [PATH]`: everything that is wrong with a configuration. 0 clean, 1 warnings only, 2 errors. */
export async function configLint(path: string | undefined, options: LintOptions): Promise<number> {
  const json = options.json === true;
  const linted = await lintFile(configPath(path, options), options.fix ?? []);
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
  file: string,
  names: readonly string[],
): Promise<Result<{ readonly fixed: Fixed; readonly unseen: readonly Failure[] }>> {
  const rules = rulesOf(names);
  if (!rules.ok) return rules;
  const read = await readConfigFile(file);
  if (!read.ok) return read;
  const bare = readSubject(read.value.text, file, NOWHERE);
  if (!bare.ok) return bare;
  if (bare.value.config.extends !== undefined) return err(partOnly(bare.value));
  const { world, unseen } = await worldOf(bare.value.config, file);
  const subject: Subject = { ...bare.value, world };
  if (names.length === 0) return ok({ fixed: { subject, applied: [], left: lintConfig(subject) }, unseen });
  const fixed = fix(subject, rules.value);
  if (!fixed.ok) return fixed;
  if (fixed.value.subject.text !== read.value.text) {
    const written = await writeConfigFile(read.value, fixed.value.subject.text);
    if (!written.ok) return written;
  }
  return ok({ fixed: fixed.value, unseen });
}

/** What the file leaves to another is no fault of it, and a patch would write it down twice. */
function partOnly({ file, config, document }: Subject): Failure {
  const message = `the file extends "${String(config.extends)}": it is no whole environment, and lint reads one file`;
  const hint = 'lint the file that it extends; `./plumb config show` checks what comes of both';
  return failure('E_CONFIG_INVALID_VALUE', message, { place: { file, ...document.place(['extends']) }, hint });
}

/** The rules that --fix names, by spaces or commas. E_CONFIG_USAGE where there is no such rule. */
function rulesOf(names: readonly string[]): Result<ReadonlySet<string> | 'all'> {
  const asked = names.flatMap((name) => name.split(',')).filter((name) => name !== '');
  const known = [...schemaRules, ...semanticRules].map(({ id }) => id);
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
