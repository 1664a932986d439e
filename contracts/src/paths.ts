import raw from '../filesystem_contract.json' with { type: 'json' };

/** The named paths of an environment, all absolute (seed 002, P9; features.md, decision 7). */
export interface Paths {
  readonly repo_root: string;
  readonly output_dir: string;
  readonly deploy_root: string;
  readonly stacks_dir: string;
  readonly pipelines_dir: string;
}

/** The sections of the file-system contract, each with the paths that it names. */
export type ContractNames = {
  readonly config: keyof typeof raw.config;
  readonly output: keyof typeof raw.output;
  readonly run: keyof typeof raw.run;
  readonly deploy: keyof typeof raw.deploy;
  readonly generation: keyof typeof raw.generation;
  readonly payload: keyof typeof raw.payload;
};

type Tokens = Readonly<Record<string, string>>;

/**
 * A path of the file-system contract below its base: `{token}` becomes one name, `{token...}` a path of several. A token
 * without a value, or a value that would leave the directory, is a bug and throws.
 */
export function contractPath<S extends keyof ContractNames>(
  section: S,
  name: ContractNames[S],
  base: string,
  tokens: Tokens = {},
): string {
  return within(base, contractName(section, name, tokens));
}

/** As contractPath, relative to its base. */
export function contractName<S extends keyof ContractNames>(
  section: S,
  name: ContractNames[S],
  tokens: Tokens = {},
): string {
  const template = (raw[section] as Readonly<Record<string, string>>)[name as string];
  if (template === undefined) throw new Error(`no path ${section}.${String(name)} in the file-system contract`);
  return template.replace(/\{(\w+)(\.\.\.)?\}/g, (_, token: string, several: string | undefined) => {
    const value = tokens[token] ?? '';
    const parts = several === undefined ? [value] : value.split('/');
    if (parts.some((part) => /^\.*$|[/\\\0]/.test(part))) throw new Error(`bad value for {${token}}: ${tokens[token]}`);
    return value;
  });
}

/** What a directory holds by the name that a listing, a record or a document gives it: nobody spells it. */
export function within(directory: string, path: string): string {
  return `${directory.replace(/\/$/, '')}/${path}`;
}

/** Where the configuration of a service goes, relative to the deploy root: its name says what is in it. */
export function storeName(service: string, configSha256: string): string {
  return contractName('deploy', 'store', { service, short: configSha256.slice(0, 12) });
}

/** The name that a file has while it is written, until it is renamed: `<name>.<process id>.<8 hex digits>.new`. */
export const TEMPORARY = /\.\d+\.[0-9a-f]{8}\.new$/;
