// One engine for all test files of a run: named here, started by the first file that asks for it, ended here.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const program = join(import.meta.dirname, '../../tools/docker/engine.sh');
const enginesName = /^plumbline-(?:newer-|own-)?engine-(\d+)/;

/** `folder`: where the engines of runs are. */
export default function setup(_project?: unknown, folder = tmpdir()): (() => void) | undefined {
  for (const left of ofDeadRuns(folder)) end(left);
  // Whoever names a directory keeps an engine there, and ends it.
  const given = process.env.PLUMBLINE_TEST_DOCKER_DIRECTORY;
  if (given) {
    // What was in the way of another run may not be in the way of this one.
    rmSync(join(given, 'missing'), { force: true });
    return undefined;
  }
  const directory = join(tmpdir(), `plumbline-engine-${process.pid}`);
  process.env.PLUMBLINE_TEST_DOCKER_DIRECTORY = directory;
  return () => end(directory);
}

/** A run that was killed could not end its engine. */
function ofDeadRuns(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => {
      const run = enginesName.exec(name)?.[1];
      return run !== undefined && !existsSync(`/proc/${run}`);
    })
    .map((name) => join(folder, name));
}

function end(directory: string): void {
  if (!existsSync(directory)) return;
  const { status, stderr } = spawnSync(program, ['stop', directory], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  rmSync(directory, { recursive: true, force: true });
}
