import raw from '../filesystem_contract.json' with { type: 'json' };

/** The named paths of an environment, all absolute (seed 002, P9; features.md, decision 7). */
export interface Paths {
  readonly repo_root: string;
  readonly output_dir: string;
  readonly deploy_root: string;
  readonly stacks_dir: string;
  readonly pipelines_dir: string;
}

type Names = {
  readonly config: keyof typeof raw.config;
  readonly output: keyof typeof raw.output;
  readonly run: keyof typeof raw.run;
  readonly deploy: keyof typeof raw.deploy;
};

/**
 * A path of the file-system contract below its base, with its tokens filled in. A token without a value, or a value
 * that would leave the directory, is a bug and throws.
 */
export function contractPath<S extends keyof Names>(
  section: S,
  name: Names[S],
  base: string,
  tokens: Readonly<Record<string, string>> = {},
): string {
  const template = (raw[section] as Readonly<Record<string, string>>)[name as string];
  if (template === undefined) throw new Error(`no path ${section}.${String(name)} in the file-system contract`);
  const path = template.replace(/\{(\w+)\}/g, (_, token: string) => {
    const value = tokens[token];
    if (value === undefined || value === '' || /^\.+$|[/\\\0]/.test(value))
      throw new Error(`bad value for {${token}}: ${value}`);
    return value;
  });
  return `${base.replace(/\/$/, '')}/${path}`;
}

/** The version of every secret: they are made once; a rotation would be a new version, and so a new path. */
export const SECRET_VERSION = '1';

/** The name that a file has while it is written, until it is renamed: `<name>.<process id>.<8 hex digits>.new`. */
export const TEMPORARY = /\.\d+\.[0-9a-f]{8}\.new$/;
