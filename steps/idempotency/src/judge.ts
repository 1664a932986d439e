import { type Check, failure, notPassed, passed, type Report, type ServiceChange } from '@plumbline/contracts';

/** What must be the same before and after, and how a person calls it. */
const FIELDS = {
  instance: 'its instance',
  started_at: 'its start time',
  service_hash: 'its configuration',
  image: 'its image',
  program_sha256: 'its program',
} as const;

/** Operations that the check of their service tells of. */
const OF_SERVICES: readonly string[] = ['start', 'replace', 'stop'];

/**
 * One check for each service, and one for what was done besides: nothing may differ, and whatever does is told with the
 * cause that the plan gave (seed 002, P6). Pure.
 */
export function judge({ operations, services = {} }: Report): readonly Check[] {
  const others = operations.filter(({ op }) => !OF_SERVICES.includes(op));
  return [...Object.entries(services).map(([service, change]) => serviceCheck(service, change)), othersCheck(others)];
}

function serviceCheck(service: string, { change, cause, before, after }: ServiceChange): Check {
  const differing = differences(before, after);
  const evidence = { service, change, cause, before, after };
  const id = `idempotency.${service}`;
  if (change === 'keep' && differing.length === 0)
    return passed({ id, summary: `${service} was kept: ${cause}`, evidence });
  const what =
    change === 'keep' ? 'was kept' : { create: 'was started', replace: 'was replaced', remove: 'was stopped' }[change];
  const summary = `${service} ${what} (${cause})${differing.length === 0 ? '' : `; other than before: ${differing.join(', ')}`}`;
  return notPassed({ id, summary, evidence }, 'fail', failure('E_PROOF_NOT_IDEMPOTENT', summary));
}

function differences(before: ServiceChange['before'], after: ServiceChange['after']): readonly string[] {
  if (before === null || after === null) return before === after ? [] : ['whether it runs'];
  return Object.entries(FIELDS).flatMap(([key, name]) => {
    return before[key as keyof typeof FIELDS] === after[key as keyof typeof FIELDS] ? [] : [name];
  });
}

function othersCheck(others: Report['operations']): Check {
  const id = 'idempotency.files';
  const evidence = { operations: others };
  if (others.length === 0) return passed({ id, summary: 'nothing else was done', evidence });
  const summary = `also done: ${others.map(({ op, target, cause }) => `${op} ${target} (${cause})`).join(', ')}`;
  return notPassed({ id, summary, evidence }, 'fail', failure('E_PROOF_NOT_IDEMPOTENT', summary));
}
