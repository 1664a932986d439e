import type { Environment, Ports, Scrubber } from '@plumbline/contracts';
import { clock } from '../adapters/clock.ts';
import { createEngine, type EngineOf, type EngineWorld } from '../adapters/engines.ts';
import { files } from '../adapters/files.ts';
import { createHealth } from '../adapters/health.ts';
import { host } from '../adapters/host.ts';
import { createHttp } from '../adapters/http.ts';
import { createSecrets } from '../adapters/secrets.ts';
import type { LoadedEnvironment } from '../environment/load.ts';

/** Whose services an engine is to run for an environment. */
export function engineOf({ bootstrap, paths }: Environment): EngineOf {
  return {
    name: bootstrap.engine,
    project: bootstrap.compose_project_name,
    deployRoot: paths.deploy_root,
    offline: bootstrap.offline_mode ?? false,
  };
}

/** The world of an environment, as its steps reach it. */
export function portsOf({ environment }: LoadedEnvironment, scrubber: Scrubber, world?: EngineWorld): Ports {
  const { bootstrap, healthContract } = environment;
  const engine = createEngine(engineOf(environment), world);
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
