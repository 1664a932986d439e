import { type Check, type CheckParts, failure, notPassed, passed } from '@plumbline/contracts';
import type { DashboardSeen, DashboardsSeen } from './observe.ts';

/** L5, dashboards (seed 002): each is loaded, and found by search. Whether it is the one that was rendered is L8's. Pure. */
export function judgeDashboards(seen: DashboardsSeen): readonly Check[] {
  return seen.dashboards.map((dashboard) => dashboardCheck(dashboard, seen));
}

function dashboardCheck({ uid, file, rendered, loaded }: DashboardSeen, { found }: DashboardsSeen): Check {
  const parts = (summary: string, evidence: Readonly<Record<string, unknown>> = {}): CheckParts => ({
    id: `L5.${uid}`,
    summary,
    evidence: { file, ...evidence },
  });
  const missing = (summary: string) =>
    notPassed(parts(summary), 'fail', failure('E_PROOF_DASHBOARD_MISSING', summary, { place: { file } }));
  for (const look of [rendered, loaded, found]) {
    if (!look.ok) return notPassed(parts(`could not look: ${look.failure.message}`), 'unknown', look.failure);
  }
  if (!rendered.ok || !loaded.ok || !found.ok) throw new Error('unreachable: each was looked at above');
  if (loaded.value === undefined) return missing(`the dashboard ${uid} is not loaded`);
  if (!found.value.includes(uid)) return missing(`the dashboard ${uid} is loaded, and the search does not find it`);
  const panels = Array.isArray(loaded.value.panels) ? loaded.value.panels.length : 0;
  return passed(parts(`"${String(loaded.value.title)}" is loaded and found, with ${panels} panels`, { panels }));
}
