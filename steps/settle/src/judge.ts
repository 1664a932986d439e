import {
  type Check,
  type EndpointHealth,
  type Failure,
  failure,
  notPassed,
  type Provenance,
  passed,
  type RunningService,
  startedAgain,
} from '@plumbline/contracts';

/**
 * Whether each service that was deployed still stands: it runs, has not ended since, not even to be started again at
 * once, and answers. A proof looks once, and a service that flaps is there when it looks. Pure.
 */
export function judge(
  { services }: Provenance,
  running: readonly RunningService[],
  answers: readonly EndpointHealth[],
): readonly Check[] {
  return Object.entries(services).map(([name, was]) => {
    const found = running.find(({ service }) => service === name);
    const own = answers.filter(({ endpoint }) => endpoint.service === name);
    const evidence = { service: name, deployed: { instance: was.instance, since: was.started_at }, now: found ?? null };
    const cause = fallen(name, was, found) ?? silent(name, own);
    const parts = { id: `settle.${name}`, evidence };
    return cause === undefined
      ? passed({ ...parts, summary: `${name} runs as it was deployed${own.length > 0 ? ', and answers' : ''}` })
      : notPassed({ ...parts, summary: cause.message }, 'fail', cause);
  });
}

function fallen(
  name: string,
  was: Provenance['services'][string],
  found: RunningService | undefined,
): Failure | undefined {
  if (found?.state !== 'running') {
    const how = found?.lastExit == null ? '' : ` with ${found.lastExit}`;
    return failure('E_RUNTIME_SERVICE_FAILED', `${name} ended${how} since it was deployed`);
  }
  if (!startedAgain(found, was) && found.startedAt === was.started_at) return undefined;
  return failure('E_RUNTIME_SERVICE_RESTARTED', `${name} ended since it was deployed, and was started again`);
}

function silent(name: string, own: readonly EndpointHealth[]): Failure | undefined {
  const bad = own.find(({ healthy }) => !healthy);
  if (bad === undefined) return undefined;
  const why = bad.failure?.message ?? 'no attempt was made';
  return failure('E_RUNTIME_SERVICE_UNHEALTHY', `${name} no longer answers as it did: ${why}`, {
    evidence: { endpoint: bad.endpoint.id, url: bad.url, last: bad.attempts.at(-1) },
  });
}
