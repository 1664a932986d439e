import { join } from 'node:path';
import type { Result } from '@plumbline/contracts';
import { files } from '../adapters/files.ts';
import { installRoot } from '../adapters/install-root.ts';
import { type LoadedEnvironment, loadEnvironment } from '../environment/load.ts';
import type { CommonOptions } from './options.ts';

/** The environment that --env or --config names. */
export function environmentOf({ env, config }: CommonOptions): Promise<Result<LoadedEnvironment>> {
  return loadEnvironment(
    config === undefined ? { name: env, folder: join(installRoot(), 'config') } : { file: config },
    files,
  );
}
