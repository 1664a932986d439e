import { type Failure, failure, type Provenance, type RunningService, startedAgain } from '@plumbline/contracts';

/**
 * Why what was deployed does not stand any more after its proof: a service that ended since, though it was started again
 * at once and answers. A proof looks once, and a service that flaps is there when it looks (anchors, pitfall 7). Pure.
 */
export function fallen({ services }: Provenance, running: readonly RunningService[]): Failure | undefined {
  for (const [name, { instance }] of Object.entries(services)) {
    const found = running.find(({ service }) => service === name);
    const evidence = { service: name, deployed: instance, running: found ?? null };
    if (found?.state !== 'running')
      return failure('E_RUNTIME_SERVICE_FAILED', `${name} ended${exitOf(found)} while it was proved`, { evidence });
    if (startedAgain(found, instance))
      return failure('E_RUNTIME_SERVICE_RESTARTED', `${name} ended while it was proved, and was started again`, {
        evidence,
      });
  }
  return undefined;
}

function exitOf(found: RunningService | undefined): string {
  return found?.lastExit == null ? '' : ` with ${found.lastExit}`;
}
