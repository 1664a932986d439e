import type { Report } from '@plumbline/contracts';

/** Services that a proof found broken, each with the first check that says so: what is to be healed. Pure. */
export function findings(report: Report | undefined): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { id, verdict, summary, evidence } of report?.checks ?? []) {
    const { service } = evidence;
    if (verdict === 'fail' && typeof service === 'string' && !found.has(service))
      found.set(service, `${id} failed: ${summary}`);
  }
  return found;
}
