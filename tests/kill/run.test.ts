import { expect, it } from 'vitest';
import { killLane } from '../support/kill-lane.ts';
import { chooseSeed } from '../support/kill-random.ts';

const soak = process.env.PLUMBLINE_SOAK === '1';
const POINTS = soak ? 300 : 20;
const LANES = soak ? 3 : 2;
/** In each of these a kill must have happened, where there are enough of them. */
const STAGES = [
  'before',
  'preflight',
  'generate',
  'apply: writing',
  'apply: starting',
  'apply: waiting',
  'apply: flipping',
  'verify',
];

it(
  `a run that is killed at any of ${POINTS} moments must leave every service whole, and the next run finish the job`,
  async () => {
    const seed = chooseSeed();
    const lanes = await Promise.all(
      Array.from({ length: LANES }, (_, n) =>
        killLane(`seed ${seed} lane ${n + 1} of ${LANES}`, Math.ceil(POINTS / LANES), seed + n),
      ),
    );
    const counts = new Map<string, number>();
    for (const stage of lanes.flatMap((lane) => lane.stages)) counts.set(stage, (counts.get(stage) ?? 0) + 1);
    const told = [...counts].sort(([, a], [, b]) => b - a).map(([stage, n]) => `${stage} ${n}`);
    process.stderr.write(`killed with PLUMBLINE_SEED=${seed}: ${told.join(', ')}\n`);
    expect(lanes.flatMap((lane) => lane.problems)).toEqual([]);
    expect(lanes.flatMap((lane) => lane.stages)).toHaveLength(Math.ceil(POINTS / LANES) * LANES);
    if (soak) expect(STAGES.filter((stage) => !counts.has(stage))).toEqual([]);
  },
  soak ? 3_600_000 : 300_000,
);
