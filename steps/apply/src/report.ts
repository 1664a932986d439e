import {
  type Check,
  type Environment,
  type Failure,
  notPassed,
  type Provenance,
  passed,
  type RunningService,
} from '@plumbline/contracts';
import type { Observed } from './observe.ts';
import type { ApplyOp } from './plan.ts';

/** What runs, as apply observed it after its work. */
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
          stand_in: s.standIn,
          program_sha256: s.programSha256,
          instance: s.instance,
          service_hash: s.serviceHash,
          started_at: s.startedAt,
          address: s.address,
        },
      ]),
    ),
  };
}

/** One sentence on what was changed. */
export function summarize(ops: readonly ApplyOp[], services: number): string {
  const touched = ops.filter((op) => op.op === 'start' || op.op === 'replace' || op.op === 'stop');
  if (ops.length === 0) return `nothing changed: all ${services} services run as the artifact describes`;
  if (touched.length === 0) return `no service changed; ${services} run`;
  return touched
    .map((op) => `${{ start: 'started', replace: 'replaced', stop: 'stopped' }[op.op as 'start']} ${op.service}`)
    .join(', ');
}

/** The one check of apply. */
export function appliedCheck(summary: string, evidence: Readonly<Record<string, unknown>>, cause?: Failure): Check {
  const parts = { id: 'apply.converged', summary, evidence };
  return cause === undefined ? passed(parts) : notPassed(parts, 'fail', cause);
}
