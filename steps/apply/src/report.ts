import {
  type Check,
  type Failure,
  notPassed,
  passed,
  type RunningService,
  type ServiceChange,
} from '@plumbline/contracts';
import type { Observed } from './observe.ts';
import type { ApplyOp } from './operation.ts';
import type { Plan } from './plan.ts';

/** One sentence on what was changed. */
export function summarize(ops: readonly ApplyOp[], services: number): string {
  const touched = ops.flatMap((op) =>
    op.op === 'start' || op.op === 'replace' || op.op === 'stop' ? [`${DONE[op.op]} ${op.service}`] : [],
  );
  if (ops.length === 0) return `nothing changed: all ${services} services run as the artifact describes`;
  return touched.length === 0 ? `no service changed; ${services} run` : touched.join(', ');
}

const DONE = { start: 'started', replace: 'replaced', stop: 'stopped' } as const;

/** The one check of apply. */
export function appliedCheck(
  id: string,
  summary: string,
  evidence: Readonly<Record<string, unknown>>,
  cause?: Failure,
): Check {
  const parts = { id, summary, evidence };
  return cause === undefined ? passed(parts) : notPassed(parts, 'fail', cause);
}

/** What was done about each service: what ran before, what runs after, and why. */
export function serviceChanges(
  { services }: Plan,
  { running: before }: Observed,
  after: readonly RunningService[],
): Readonly<Record<string, ServiceChange>> {
  return Object.fromEntries(
    Object.entries(services).map(([service, { change, cause }]) => {
      return [service, { change, cause, before: instanceOf(service, before), after: instanceOf(service, after) }];
    }),
  );
}

function instanceOf(service: string, running: readonly RunningService[]): ServiceChange['before'] {
  const found = running.find((one) => one.service === service);
  if (found === undefined) return null;
  const { instance, startedAt: started_at, serviceHash: service_hash, image, programSha256: program_sha256 } = found;
  return { instance, started_at, service_hash, image, program_sha256 };
}
