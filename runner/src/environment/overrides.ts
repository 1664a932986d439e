import { err, failure, ok, type Place, type Result } from '@plumbline/contracts';
import { didYouMean } from '@plumbline/formats/did-you-mean';
import type { JsonDocument } from '@plumbline/formats/json';
import { type Path, valueAt, withValueAt } from './merge.ts';
import { pointerOf } from './origins.ts';
import { dotted, type Setting, settingsOf, typedAs, variableOf } from './settings.ts';
import { isSettingVariable } from './variables.ts';

/** What the surroundings of a command say about its environment, besides its files. */
export interface Given {
  /** Variables of the process. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** `path=value`, as --set gives them, the last of a path counts. */
  readonly flags: readonly string[];
  /** Is shown what is said, before anything is checked: a message about it may quote it. */
  learn?(document: JsonDocument): Promise<void>;
  /** What --profile gives; it counts before --set profile. */
  readonly profile?: string;
}

/** A setting that a flag or a variable sets. */
export interface Override {
  readonly path: Path;
  readonly value: string | number | boolean;
  readonly source: 'variable' | 'flag';
  /** The variable or the flag, in place of a file. */
  readonly place: Place;
}

/** It has a flag of its own. */
const PROFILE: Path = ['profile'];

/**
 * What variables and flags set, in the order in which they count. A variable that is no setting is E_CONFIG_UNKNOWN_KEY,
 * a flag that names none is too; a flag that is no pair is E_CONFIG_USAGE. Pure.
 */
export function overridesOf(value: unknown, { variables, flags, profile }: Given): Result<readonly Override[]> {
  const settings = settingsOf(value);
  const found: Override[] = [];
  const inRun = variables.PLUMBLINE_RUN_ID !== undefined;
  for (const name of Object.keys(variables)
    .filter((one) => isSettingVariable(one, inRun))
    .sort()) {
    const text = variables[name];
    if (text === undefined) continue;
    const override = byVariable(name, text, settings);
    if (!override.ok) return override;
    found.push(override.value);
  }
  for (const pair of flags) {
    const override = byFlag(pair, settings, value);
    if (!override.ok) return override;
    found.push(override.value);
  }
  if (profile !== undefined)
    found.push({ path: PROFILE, value: profile, source: 'flag', place: placed('--profile', PROFILE) });
  return ok(found);
}

/** A document with what is set in place of what its files say, each with the place that it comes from. Pure. */
export function withOverrides(document: JsonDocument, overrides: readonly Override[]): JsonDocument {
  const lastFirst = [...overrides].reverse();
  return {
    value: overrides.reduce((value, { path, value: part }) => withValueAt(value, path, part), document.value),
    place(path, key) {
      const override = lastFirst.find((one) => dotted(one.path) === dotted(path));
      return override?.place ?? document.place(path, key);
    },
  };
}

function byVariable(name: string, text: string, settings: readonly Setting[]): Result<Override> {
  const [setting, other] = settings.filter(({ path }) => variableOf(path) === name);
  const place = { file: name };
  if (setting === undefined) {
    const near = didYouMean(
      name,
      settings.map(({ path }) => variableOf(path)),
      'PLUMBLINE_',
    );
    return err(
      failure('E_CONFIG_UNKNOWN_KEY', `the variable ${name} is no setting${near}`, {
        place,
        hint: 'unset it, or correct its name; `./plumb config show --origin` lists the settings',
      }),
    );
  }
  if (other !== undefined) {
    const message = `the variable ${name} could be ${dotted(setting.path)} or ${dotted(other.path)}`;
    return err(failure('E_CONFIG_UNKNOWN_KEY', message, { place, hint: 'use --set, which tells them apart' }));
  }
  return ok({
    path: setting.path,
    value: typedAs(setting, text),
    source: 'variable',
    place: placed(name, setting.path),
  });
}

function byFlag(pair: string, settings: readonly Setting[], value: unknown): Result<Override> {
  const cut = pair.indexOf('=');
  if (cut < 1) return err(failure('E_CONFIG_USAGE', `--set ${pair}: expected path=value, as ports.loki=13100`));
  const [name, text] = [pair.slice(0, cut), pair.slice(cut + 1)];
  const setting = settings.find(({ path }) => dotted(path) === name) ?? newMember(name, value);
  if (setting === undefined) {
    const below = settings.find(({ path }) => dotted(path).startsWith(`${name}.`));
    const why =
      below === undefined
        ? `is no setting${didYouMean(
            name,
            settings.map(({ path }) => dotted(path)),
          )}`
        : `is no single value; name one below it, as ${dotted(below.path)}`;
    return err(
      failure('E_CONFIG_UNKNOWN_KEY', `--set ${name}: "${name}" ${why}`, {
        place: { file: `--set ${name}` },
        hint: 'correct the path; `./plumb config show --origin` lists the settings',
      }),
    );
  }
  const place = placed(`--set ${name}`, setting.path);
  return ok({ path: setting.path, value: typedAs(setting, text), source: 'flag', place });
}

/** A member of a map that no file names yet: its type is that of its siblings, or text where it has none. */
function newMember(name: string, value: unknown): Setting | undefined {
  const cut = name.indexOf('.');
  const [section, member] = [name.slice(0, cut), name.slice(cut + 1)];
  if (member === '' || member.includes('.')) return undefined;
  const [probe] = settingsOf({ [section]: { [member]: '' } }).filter(({ path }) => dotted(path) === name);
  const taken = valueAt(value, [section, member]);
  return probe !== undefined && (taken === undefined || typeof taken !== 'object') ? probe : undefined;
}

function placed(file: string, path: Path): Place {
  return { file, pointer: pointerOf(path) };
}
