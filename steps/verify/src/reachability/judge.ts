import { type Check, type CheckParts, failure, notPassed, passed, type Stack } from '@plumbline/contracts';
import type { ReachabilitySeen } from './observe.ts';

/** L2, reachability (seed 002): each service reaches those that it needs, by its own account. Pure. */
export function judgeReachability(seen: ReachabilitySeen, { network }: Stack): readonly Check[] {
  const targets = network.targets.map(({ job, service }) => targetCheck(job, service, seen));
  const datasources = network.datasources.map(({ uid, service }) => datasourceCheck(uid, service, seen));
  return [...targets, ...datasources];
}

function targetCheck(job: string, service: string, { targets, looks, down }: ReachabilitySeen): Check {
  const id = `L2.target.${job}`;
  if (!targets.ok)
    return notPassed({ id, summary: `could not look: ${targets.failure.message}` }, 'unknown', targets.failure);
  const target = targets.value.find((t) => t.job === job);
  const parts = (summary: string): CheckParts => ({ id, summary, evidence: { target: target ?? null, looks } });
  if (target?.health === 'up') return passed(parts(`${service} is scraped as ${job}`));
  if (down.has(service)) return itself(parts, service);
  const why =
    target === undefined
      ? 'there is no such target'
      : `${target.health}${target.lastError === '' ? '' : `: ${target.lastError}`}`;
  const summary = `${service} is not scraped as ${job}: ${why}`;
  return notPassed(parts(summary), 'fail', failure('E_NETWORK_TARGET_DOWN', summary));
}

/** That it does not answer is for L1 to say. */
function itself(parts: (summary: string) => CheckParts, service: string): Check {
  const summary = `could not look: ${service} itself is not ready`;
  return notPassed(parts(summary), 'unknown', failure('E_PROOF_PATH_DOWN', summary));
}

function datasourceCheck(uid: string, service: string, { datasources, down }: ReachabilitySeen): Check {
  const id = `L2.datasource.${uid}`;
  const answer = datasources.get(uid);
  if (answer === undefined) throw new Error(`the data source ${uid} was not asked for`);
  if (!answer.ok) {
    return notPassed({ id, summary: `could not look: ${answer.failure.message}` }, 'unknown', answer.failure);
  }
  const parts = (summary: string): CheckParts => ({ id, summary, evidence: { ...answer.value } });
  if (answer.value.status === 'OK') return passed(parts(`the dashboards reach ${service}`));
  if (down.has(service)) return itself(parts, service);
  const summary = `the dashboards do not reach ${service}: ${answer.value.message || answer.value.status}`;
  return notPassed(parts(summary), 'fail', failure('E_NETWORK_TARGET_DOWN', summary));
}
