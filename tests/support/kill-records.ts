import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashOf, type RunRecord, type Summary } from '@plumbline/contracts';
import type { Deployment } from './deployment.ts';

/** Watches the index of runs of a deployment: what it once held must stay, and each run must be in it exactly once. */
export interface Records {
  /** Problems since it was last asked; after a kill the last run may not be in it yet. */
  check(after: 'kill' | 'run'): readonly string[];
}

export function watchRecords(d: Deployment): Records {
  const index = join(d.root, 'out/runs.jsonl');
  let before = Buffer.alloc(0);
  const settled = new Set<string>();
  const prefix = (): readonly string[] => {
    const now = existsSync(index) ? readFileSync(index) : Buffer.alloc(0);
    const kept = now.length >= before.length && now.subarray(0, before.length).equals(before);
    before = now;
    return kept ? [] : ['runs.jsonl lost or changed earlier lines'];
  };
  return {
    check(after) {
      const problems = [...prefix()];
      if (after === 'kill') return problems;
      const records = before
        .toString('utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as RunRecord);
      problems.push(...chainProblems(records));
      for (const id of readdirSync(join(d.root, 'out/runs'))) {
        if (settled.has(id)) continue;
        settled.add(id);
        problems.push(
          ...recordProblems(
            d,
            id,
            records.filter((record) => record.run_id === id),
          ),
        );
      }
      return problems;
    },
  };
}

function chainProblems(records: readonly RunRecord[]): readonly string[] {
  return records.flatMap(({ hash, ...content }, n) => {
    const follows = content.previous === (records[n - 1]?.hash ?? '0'.repeat(64));
    return follows && hashOf(content) === hash ? [] : [`record ${n + 1} of runs.jsonl is out of the chain`];
  });
}

/** A run that wrote its meta.json has one record: its own outcome where it got to a summary, else that it crashed. */
function recordProblems(d: Deployment, id: string, own: readonly RunRecord[]): readonly string[] {
  const folder = join(d.root, 'out/runs', id);
  const wanted = existsSync(join(folder, 'meta.json')) ? 1 : 0;
  if (own.length !== wanted) return [`run ${id} has ${own.length} records, not ${wanted}`];
  if (wanted === 0) return [];
  const summary = join(folder, 'summary.json');
  const status = existsSync(summary) ? (JSON.parse(readFileSync(summary, 'utf8')) as Summary).status : 'crashed';
  return own[0]?.status === status ? [] : [`run ${id} is recorded as ${own[0]?.status}, not ${status}`];
}
