import { expect, it } from 'vitest';
import { faultLane } from '../support/kill-faults.ts';
import { chooseSeed } from '../support/kill-random.ts';

const soak = process.env.PLUMBLINE_SOAK === '1';
const POINTS = soak ? 60 : 6;
const LANES = soak ? 2 : 1;

it(
  `the supervisor and the services, killed at ${POINTS} moments, must never make up hang, and the next up must be green`,
  async () => {
    const seed = chooseSeed();
    const lanes = await Promise.all(
      Array.from({ length: LANES }, (_, n) =>
        faultLane(`seed ${seed} fault lane ${n + 1} of ${LANES}`, POINTS / LANES, seed + n),
      ),
    );
    const faults = lanes.flatMap((lane) => lane.faults);
    process.stderr.write(`killed with PLUMBLINE_SEED=${seed}: ${faults.sort().join('; ')}\n`);
    expect(lanes.flatMap((lane) => lane.problems)).toEqual([]);
    expect(faults).toHaveLength(POINTS);
  },
  soak ? 3_600_000 : 300_000,
);
