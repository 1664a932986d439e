import type { Readable } from 'node:stream';
import { ok, type Result } from '@plumbline/contracts';
import type { Processes } from '../process.ts';
import { createApi } from './api.ts';
import { createCli } from './cli.ts';
import { daemonEndpoint } from './endpoint.ts';

/** Images as archives: what only a person asks for, and no step. */
export interface ImageArchives {
  /** As of `docker save`; it is to be read to its end, or destroyed. */
  save(images: readonly string[]): Promise<Result<Readable>>;
  /** As of `docker load`. */
  load(file: string): Promise<Result<void>>;
}

export function createImageArchives(
  processes: Pick<Processes, 'run'>,
  env: Readonly<Record<string, string | undefined>>,
): ImageArchives {
  const docker = createCli(processes, env, () => undefined);
  const api = createApi(() => daemonEndpoint(env, docker));
  return {
    save: (images) => api.archive(images),
    async load(file) {
      const loaded = await docker(['load', '--quiet', '--input', file]);
      return loaded.ok ? ok(undefined) : loaded;
    },
  };
}
