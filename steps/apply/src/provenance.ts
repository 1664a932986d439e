import type { EnginePort, Environment, Provenance, Result, RunningService } from '@plumbline/contracts';
import { ok, quadruple } from '@plumbline/contracts';
import type { Observed } from './observe.ts';

/** What runs, as apply observed it after its work. Pure. */
export function provenance(
  config: Environment,
  observed: Observed,
  running: readonly RunningService[],
  engine: string,
): Provenance {
  return {
    schema_version: '1',
    generation: observed.artifact.generation,
    environment: config.name,
    project: observed.artifact.project,
    engine,
    services: Object.fromEntries(
      running.map((s) => [
        s.service,
        {
          image: s.image,
          ...(s.identity === undefined
            ? {}
            : { identity: quadruple(s.image, s.identity, observed.artifact.images?.[s.image]) }),
          stand_in: s.standIn,
          program_sha256: s.programSha256,
          instance: s.instance,
          service_hash: s.serviceHash,
          started_at: s.startedAt,
          ...(s.restarts === 0 ? {} : { restarts: s.restarts }),
          address: s.address,
        },
      ]),
    ),
  };
}

/** provenance.json as it is kept with its generation: of what runs now. */
export async function provenanceText(
  config: Environment,
  observed: Observed,
  engine: EnginePort,
): Promise<Result<string>> {
  const running = await engine.observe();
  if (!running.ok) return running;
  return ok(`${JSON.stringify(provenance(config, observed, running.value, engine.name), null, 2)}\n`);
}
