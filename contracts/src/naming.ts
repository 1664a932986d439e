import raw from '../filesystem_contract.json' with { type: 'json' };
import { bootstrapSchema, type SettingsSchema } from './bootstrap-schema.ts';
import type { Bootstrap } from './generated/types.ts';
import { contractPath, within } from './paths.ts';
import { slug } from './slug.ts';
import { isoTime } from './time.ts';

/** How the folders of runs are named (seed 003): what an environment says, and the defaults of its schema. */
export interface Naming {
  /** A template: text, and tokens of the file-system contract in braces. */
  readonly run_dir: string;
  /** `iso_basic_z`, `epoch_ms`, `none`, or a format of strftime. */
  readonly run_ts_format: string;
  /** How many hex digits `{manifest_short}` has. */
  readonly manifest_short_len: number;
}

/** What is known of a run when its folder is made. */
export interface RunFacts {
  readonly run_id: string;
  readonly pipeline: string;
  readonly profile: string | undefined;
  /** SHA-256, 64 hex digits. */
  readonly manifest_hash: string;
  /** Milliseconds since 1970. */
  readonly started_at: number;
  readonly user: string;
  /** Empty where there is none. */
  readonly branch: string;
}

/** The tokens that a template may hold: all that there are, and those that are known when a run's folder is made. */
export const namingTokens: { readonly all: readonly string[]; readonly run_dir: readonly string[] } = raw.naming;

/** The tokens of a template, in their order. */
export function tokensOf(template: string): readonly string[] {
  return [...template.matchAll(/\{([^{}]*)\}/g)].map(([, token]) => token as string);
}

/** How an environment names the folders of its runs. */
export function namingOf({ filesystem }: Pick<Bootstrap, 'filesystem'>): Naming {
  const said = filesystem?.naming ?? {};
  return {
    run_dir: said.run_dir ?? (defaultOf('run_dir') as string),
    run_ts_format: said.run_ts_format ?? (defaultOf('run_ts_format') as string),
    manifest_short_len: said.manifest_short_len ?? (defaultOf('manifest_short_len') as number),
  };
}

function defaultOf(name: keyof Naming): unknown {
  const at = (schema: SettingsSchema | undefined, key: string) => schema?.properties?.[key];
  return at(at(at(bootstrapSchema, 'filesystem'), 'naming'), name)?.default;
}

/** The profile that counts: the one that is chosen, else the default one; undefined where profiles are off. */
export function profileOf({ profile, filesystem }: Pick<Bootstrap, 'profile' | 'filesystem'>): string | undefined {
  const profiles = filesystem?.profiles;
  return profiles?.enabled === true ? (profile ?? profiles.default) : undefined;
}

/** The folder of a run: below that of its profile, unless its name says the profile itself. */
export function runFolder(outputDir: string, naming: Naming, facts: RunFacts): string {
  const name = runName(naming, facts);
  const apart = facts.profile !== undefined && !tokensOf(naming.run_dir).includes('profile');
  return contractPath('output', 'run', outputDir, { run: apart ? within(slug(facts.profile ?? ''), name) : name });
}

/**
 * The name of a run's folder (seed 003): each token becomes the slug of its value, repeated `/`, `-` and `_` are one, and
 * none of them begins or ends a part. The id of a run stays as it is: who has the id finds the folder.
 */
export function runName({ run_dir, run_ts_format, manifest_short_len }: Naming, facts: RunFacts): string {
  const values: Readonly<Record<string, string>> = {
    pipeline_slug: slug(facts.pipeline),
    profile: slug(facts.profile ?? ''),
    manifest_hash: facts.manifest_hash,
    manifest_short: facts.manifest_hash.slice(0, manifest_short_len),
    run_id: facts.run_id,
    run_ts: slug(runTime(run_ts_format, facts.started_at)),
    branch: slug(facts.branch),
    user: slug(facts.user),
  };
  const filled = run_dir.replace(/\{(\w+)\}/g, (_, token: string) => {
    const value = values[token];
    if (value === undefined) throw new Error(`no value for {${token}} when the folder of a run is made`);
    return value;
  });
  const parts = filled.split('/').map((part) => part.replace(/([-_])\1+/g, '$1').replace(/^[-_]+|[-_]+$/g, ''));
  return parts.filter((part) => part !== '').join('/');
}

const DAY_MS = 86_400_000;

/** A moment as a format says it, UTC. */
function runTime(format: string, ms: number): string {
  const iso = isoTime(ms);
  if (format === 'none') return '';
  if (format === 'epoch_ms') return String(ms);
  if (format === 'iso_basic_z') return `${iso.slice(0, 19).replace(/[-:]/g, '')}Z`;
  const [year, month, day, hour, minute, second] = iso.split(/[-T:.]/) as [string, ...string[]];
  const ofYear = 1 + Math.floor((ms - Date.UTC(Number(year), 0)) / DAY_MS);
  const directives: Readonly<Record<string, string | undefined>> = {
    Y: year,
    y: year.slice(2),
    m: month,
    d: day,
    H: hour,
    M: minute,
    S: second,
    j: String(ofYear).padStart(3, '0'),
    s: String(Math.floor(ms / 1000)),
  };
  return format.replace(/%(.)/g, (whole, directive: string) => directives[directive] ?? whole);
}
