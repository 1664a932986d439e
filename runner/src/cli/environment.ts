import { join } from 'node:path';
import type { Result } from '@plumbline/contracts';
import { files } from '../adapters/files.ts';
import { installRoot } from '../adapters/install-root.ts';
import { type LoadedEnvironment, loadEnvironment } from '../environment/load.ts';
import type { EnvironmentRef } from '../environment/locate.ts';
import type { Given } from '../environment/overrides.ts';
import { learnDocument, learnEnvironment } from './known-secrets.ts';
import type { CommonOptions } from './options.ts';

/** The environment that --env or --config names. */
export async function environmentOf(options: CommonOptions): Promise<Result<LoadedEnvironment>> {
  const loaded = await loadEnvironment(refOf(options), files, givenOf(options));
  if (loaded.ok) await learnEnvironment(loaded.value.environment);
  return loaded;
}

/** Where that environment is looked for. */
export function refOf({ env, config }: CommonOptions): EnvironmentRef {
  return config === undefined ? { name: env, folder: join(installRoot(), 'config') } : { file: config };
}

/** What the variables of this process, --set and --profile say about it. */
export function givenOf({ set, profile }: CommonOptions): Given {
  return {
    variables: process.env,
    flags: set ?? [],
    learn: learnDocument,
    ...(profile === undefined ? {} : { profile }),
  };
}
