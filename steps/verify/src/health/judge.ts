import {
  type Check,
  type EndpointHealth,
  failure,
  notPassed,
  passed,
  type Result,
  type RunningService,
} from '@plumbline/contracts';
import { lifeOf } from './life.ts';

/** Each endpoint of the health contract, and what the engine says of the services, where one of them does not hold. */
export interface HealthSeen {
  readonly endpoints: readonly EndpointHealth[];
  readonly running?: Result<readonly RunningService[]>;
}

/** L1, service health (seed 002): one check for each endpoint of the health contract. Pure. */
export function judgeHealth({ endpoints, running }: HealthSeen): readonly Check[] {
  return endpoints.map(({ endpoint, url, healthy, attempts, failure: cause }) => {
    const asked = { service: endpoint.service, url, attempts };
    const parts = { id: `L1.${endpoint.id}`, required: endpoint.required, evidence: asked };
    if (healthy) return passed({ ...parts, summary: `${endpoint.service} ${endpoint.path} holds` });
    const life = running === undefined ? undefined : lifeOf(endpoint.service, running);
    const evidence = life === undefined ? asked : { ...asked, engine: life.evidence };
    const why = cause?.message ?? 'it was not asked';
    const verdict = attempts.length === 0 ? 'unknown' : 'fail';
    const more = life?.says === undefined ? '' : `; ${life.says}`;
    const summary = `${endpoint.service} does not hold ${endpoint.path}: ${why}${more}`;
    return notPassed({ ...parts, evidence, summary }, verdict, failure('E_RUNTIME_SERVICE_UNHEALTHY', summary));
  });
}
