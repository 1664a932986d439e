import { shown } from '@plumbline/formats/shown';
import type { Rule } from '../finding.ts';
import { sourcesOf } from '../subject.ts';

/** The name of the source that the proof writes to. */
const PROBE = 'probe';

export const sourceName: Rule = {
  id: 'source-name',
  code: 'E_CONFIG_INVALID_VALUE',
  severity: 'error',
  summary: `no two sources have one name, and none is called ${PROBE}, which is the proof’s own`,
  check: (subject) => {
    const sources = sourcesOf(subject);
    const all = new Set<unknown>([PROBE, ...sources.map(([, { name }]) => name)]);
    const seen = new Set<unknown>([PROBE]);
    return sources.flatMap(([n, { name }]) => {
      if (typeof name !== 'string' || !seen.has(name)) {
        seen.add(name);
        return [];
      }
      const why = name === PROBE ? 'is the name of the proof’s own source' : 'is given to two sources';
      const value = freshName(name, all);
      all.add(value);
      const patch = [{ op: 'replace', path: `/sources/${n}/name`, value }] as const;
      return [{ path: ['sources', n, 'name'], message: `sources: ${shown(name)} ${why}`, patch }];
    });
  },
};

function freshName(name: string, taken: ReadonlySet<unknown>): string {
  let n = 2;
  while (taken.has(`${name}_${n}`)) n += 1;
  return `${name}_${n}`;
}
