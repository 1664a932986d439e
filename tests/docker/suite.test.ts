import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { processesNaming } from '../support/deployment.ts';
import { describeDocker } from '../support/docker.ts';
import setup from '../support/docker-suite.ts';

const program = join(import.meta.dirname, '../../tools/docker/engine.sh');

await describeDocker('the engines of killed runs', (engine) => {
  test('the next run ends what a killed one left, and leaves the engine of one that lives', async () => {
    const { pid: dead } = spawnSync('true');
    // Apart from the engines of all runs: another that just begins would end this one.
    const folder = mkdtempSync(join(tmpdir(), 'plumbline-suite-'));
    const [left, living] = [dead, process.pid].map((run) => join(folder, `plumbline-newer-engine-${run}-test`));
    if (left === undefined || living === undefined) throw new Error('two folders were named');
    mkdirSync(living);
    try {
      execFileSync(program, ['start', left, 'newer'], { stdio: 'ignore' });
      expect(processesNaming(`${left}/`)).not.toEqual([]);
      // This run has its engine already, and gets no other.
      expect(setup(undefined, folder)).toBeUndefined();
      expect(processesNaming(`${left}/`)).toEqual([]);
      expect(existsSync(left)).toBe(false);
      expect(existsSync(living)).toBe(true);
      expect(await engine.docker('version', '--format', '{{.Server.Os}}')).toBe('linux');
    } finally {
      if (existsSync(left)) execFileSync(program, ['stop', left], { stdio: 'ignore' });
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
