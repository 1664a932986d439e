import { namingTokens, slug, tokensOf } from '@plumbline/contracts';
import { didYouMean, nearest } from '@plumbline/formats/did-you-mean';
import { pointerOf } from '@plumbline/formats/json-patch';
import { named, shown, textOf } from '@plumbline/formats/shown';
import type { Found, Path, Rule, Subject } from '../finding.ts';
import { isObject } from '../subject.ts';

const PROFILES: Path = ['filesystem', 'profiles'];
const VALUES: Path = [...PROFILES, 'values'];
const DEFAULT: Path = [...PROFILES, 'default'];
const CHOSEN: Path = ['profile'];
const RUN_DIR: Path = ['filesystem', 'naming', 'run_dir'];

export const profileKnown: Rule = {
  id: 'profile-known',
  code: 'E_CONFIG_INVALID_VALUE',
  severity: 'error',
  summary:
    'where profiles are enabled there are some, no two of them with one slug, and the default one and the chosen one are among them; where they are not, none is chosen',
  check: ({ config }) => {
    const profiles = at(at(config, 'filesystem'), 'profiles');
    const chosen = config.profile;
    const enabled = at(profiles, 'enabled');
    // toggle-boolean tells of it: what is meant is not known until then.
    if (enabled !== undefined && typeof enabled !== 'boolean') return [];
    if (enabled !== true) {
      if (chosen === undefined || chosen === null) return [];
      const message = `profile is ${shown(chosen)}, and profiles are not enabled (filesystem.profiles.enabled)`;
      return [{ path: CHOSEN, message, patch: [{ op: 'remove', path: pointerOf(CHOSEN) }] }];
    }
    const values = textsIn(at(profiles, 'values'));
    const [first] = values;
    if (first === undefined) return [none(profiles, chosen)];
    const allowed = `Allowed profiles: ${values.map(named).join(', ')} (${VALUES.join('.')}).`;
    const unknown = (path: Path, value: unknown): readonly Found[] =>
      values.some((one) => one === value)
        ? []
        : [
            {
              path,
              message: `Unknown profile ${shown(value)}. ${allowed}`,
              patch: [{ op: 'replace', path: pointerOf(path), value: nearest(textOf(value), values) ?? first }],
            },
          ];
    const preset = at(profiles, 'default');
    const missing: Found = {
      path: PROFILES,
      message: `${PROFILES.join('.')} has no "default". ${allowed}`,
      patch: [{ op: 'add', path: pointerOf(DEFAULT), value: first }],
    };
    return [
      ...shared(values),
      ...(preset === undefined ? [missing] : unknown(DEFAULT, preset)),
      ...(chosen === undefined || chosen === null ? [] : unknown(CHOSEN, chosen)),
    ];
  },
};

/** Enabled, and there is none. */
function none(profiles: unknown, chosen: unknown): Found {
  const named = [chosen, at(profiles, 'default')].filter((one) => typeof one === 'string' && slug(one) !== '');
  const value = [...new Set(named.length === 0 ? ['dev'] : named)];
  const missing = at(profiles, 'default') === undefined;
  const preset = missing ? [{ op: 'add', path: pointerOf(DEFAULT), value: value[0] } as const] : [];
  const op = at(profiles, 'values') === undefined ? 'add' : 'replace';
  return {
    path: op === 'add' ? PROFILES : VALUES,
    message: `${VALUES.join('.')} is empty, and profiles are enabled`,
    patch: [{ op, path: pointerOf(VALUES), value }, ...preset],
  };
}

/** Profiles whose runs would be in one folder. */
function shared(values: readonly string[]): readonly Found[] {
  const second = values.findIndex((value, n) => values.findIndex((one) => slug(one) === slug(value)) < n);
  const value = values[second];
  if (value === undefined) return [];
  const other = values.find((one) => slug(one) === slug(value));
  const path = [...VALUES, second];
  const message = `${VALUES.join('.')}: ${shown(other)} and ${shown(value)} would both be "${slug(value)}" in a path`;
  return [{ path, message, patch: [{ op: 'remove', path: pointerOf(path) }] }];
}

export const runDir: Rule = {
  id: 'run-dir',
  code: 'E_CONFIG_INVALID_VALUE',
  severity: 'error',
  summary: 'the name of a run’s folder holds {run_id}, and no token but those that are known when the folder is made',
  check: ({ config }: Subject) => {
    const template = at(at(at(config, 'filesystem'), 'naming'), 'run_dir');
    const why = typeof template === 'string' ? whyNot(template) : undefined;
    if (typeof template !== 'string' || why === undefined) return [];
    const patch = [{ op: 'replace', path: pointerOf(RUN_DIR), value: mended(template) }] as const;
    return [{ path: RUN_DIR, message: `${RUN_DIR.join('.')} is ${shown(template)}: ${why}`, patch }];
  },
};

function whyNot(template: string): string | undefined {
  if (/[{}]/.test(template.replace(/\{[^{}]*\}/g, ''))) return 'a brace is left open, or closes nothing';
  const tokens = tokensOf(template);
  const { all, run_dir: known } = namingTokens;
  const unknown = tokens.find((token) => !all.includes(token));
  const list = `; there are ${known.join(', ')}`;
  if (unknown !== undefined) return `{${named(unknown)}} is no token${didYouMean(unknown, known) || list}`;
  const late = tokens.find((token) => !known.includes(token));
  if (late !== undefined) return `{${late}} is not known yet when the folder of a run is made${list}`;
  return tokens.includes('run_id') ? undefined : 'it has no {run_id}, and two runs would share a folder';
}

/** Without what cannot be there, and with what must be. */
function mended(template: string): string {
  const kept = template
    .replace(/\{([^{}]*)\}|[{}]/g, (whole, token?: string) =>
      token !== undefined && namingTokens.run_dir.includes(token) ? whole : '',
    )
    .replace(/\/+/g, '/')
    .replace(/^\/|\/$/g, '');
  return tokensOf(kept).includes('run_id') ? kept : `${kept}/{run_id}`.replace(/^\//, '');
}

function at(value: unknown, key: string): unknown {
  return isObject(value) ? value[key] : undefined;
}

function textsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}
