import { type Check, type EndpointHealth, failure, notPassed, passed } from '@plumbline/contracts';

/** L1, service health (seed 002): one check for each endpoint of the health contract. Pure. */
export function judgeHealth(seen: readonly EndpointHealth[]): readonly Check[] {
  return seen.map(({ endpoint, url, healthy, attempts, failure: cause }) => {
    const parts = { id: `L1.${endpoint.id}`, required: endpoint.required, evidence: { url, attempts } };
    if (healthy) return passed({ ...parts, summary: `${endpoint.service} ${endpoint.path} holds` });
    const why = cause?.message ?? 'it was not asked';
    const verdict = attempts.length === 0 ? 'unknown' : 'fail';
    const summary = `${endpoint.service} does not hold ${endpoint.path}: ${why}`;
    return notPassed({ ...parts, summary }, verdict, failure('E_RUNTIME_SERVICE_UNHEALTHY', summary));
  });
}
