import type { Ports, Scrubber } from '@plumbline/contracts';
import { clock } from '../adapters/clock.ts';
import { createEmbeddedEngine } from '../adapters/embedded/engine.ts';
import { files } from '../adapters/files.ts';
import { createHealth } from '../adapters/health.ts';
import { host } from '../adapters/host.ts';
import { createHttp } from '../adapters/http.ts';
import { createSecrets } from '../adapters/secrets.ts';
import type { LoadedEnvironment } from '../environment/load.ts';

/** The world of an environment, as its steps reach it. */
export function portsOf({ environment }: LoadedEnvironment, scrubber: Scrubber): Ports {
  const { bootstrap, paths, healthContract } = environment;
  const engine = createEmbeddedEngine(paths.deploy_root);
  const http = createHttp(scrubber);
  return {
    files,
    http,
    engine,
    clock,
    secrets: createSecrets(scrubber),
    health: createHealth(healthContract, bootstrap, http, clock),
    host,
  };
}
