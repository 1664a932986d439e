import { expect, it } from 'vitest';
import { describeDocker, startOwnEngine } from '../support/docker.ts';
import { dockerLane } from '../support/kill-docker.ts';
import { chooseSeed } from '../support/kill-random.ts';

const soak = process.env.PLUMBLINE_SOAK === '1';
const POINTS = soak ? 100 : 10;

await describeDocker('a deployment of containers', () => {
  it(
    `must be whole after SIGKILL of up, of compose and of the daemon at any of ${POINTS} moments, and the next run finish the job`,
    async () => {
      const seed = chooseSeed();
      await using engine = await startOwnEngine();
      const { told, problems } = await dockerLane(engine, POINTS, seed);
      process.stderr.write(`killed on Docker with PLUMBLINE_SEED=${seed}: ${told.join(', ')}\n`);
      expect(problems).toEqual([]);
      expect(told).toHaveLength(POINTS);
    },
    soak ? 7_200_000 : 900_000,
  );
});
