import { spawnSync } from 'node:child_process';

/** A name of a folder is not worth waiting for longer than that (seed 003). */
const LIMIT_MS = 2000;

/** The branch that a checkout is on; empty where there is none, no git, or no answer in time. */
export function branchOf(folder: string): string {
  const asked = spawnSync('git', ['-C', folder, 'symbolic-ref', '--quiet', '--short', 'HEAD'], {
    encoding: 'utf8',
    timeout: LIMIT_MS,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return asked.status === 0 ? asked.stdout.trim() : '';
}
