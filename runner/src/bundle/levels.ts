import { type Check, effectiveVerdict, type Summary, worstVerdict } from '@plumbline/contracts';

/** The levels of verification, in order (seed 002, "Verification levels"). */
const titles: Readonly<Record<string, string>> = {
  L1: 'service health',
  L2: 'reachability',
  L3: 'ingestion',
  L4: 'label contract',
  L5: 'dashboards',
  L6: 'rules',
  L7: 'provenance',
  L8: 'drift',
};

/** What the checks of a run say, level by level; levels that were not looked at are left out. Pure. */
export function levelsOf(checks: readonly Check[]): Summary['levels'] {
  return Object.entries(titles).flatMap(([id, title]) => {
    const own = checks.filter((check) => check.id.startsWith(`${id}.`));
    if (own.length === 0) return [];
    const verdict = worstVerdict(own.map(effectiveVerdict));
    return [{ id, title, verdict, checks: own.length, says: sentence(own, verdict) }];
  });
}

function sentence(checks: readonly Check[], verdict: Check['verdict']): string {
  const worst = checks.filter((check) => effectiveVerdict(check) === verdict);
  if (verdict !== 'pass') return worst[0]?.summary ?? '';
  const skipped = checks.filter((check) => check.verdict === 'skipped').length;
  return skipped === 0 ? `all ${checks.length} checks hold` : `${worst.length} checks hold, ${skipped} do not apply`;
}
