// What it costs to look at every file of an artifact, beside sha256sum on the same files.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { alternate, measure } from './measure.mjs';
import { rowsOf } from './table.mjs';

const FILES = 10_000;
const peer = `sha256sum under xargs -P2, ${FILES} files of 4 KiB`;

export const hashingLegend = [
  'hashing: the files were written just before, and are still in memory. `artifact verify` also starts Node, checks',
  '  artifact.json, and looks for files that it does not name.',
];

/** `program` is the bundled in-process.ts; the artifact is written to `folder`. */
export async function hashingRows({ plumb, program, folder, rounds }) {
  execFileSync(process.execPath, [program, 'artifact', String(FILES), folder], { stdio: 'ignore' });
  const sums = 'find . -type f -print0 | xargs -0 -P2 -n 500 sha256sum';
  const figures = await alternate(
    {
      [peer]: () => measure(['sh', '-c', sums], { cwd: join(folder, 'artifact') }),
      [`plumb artifact verify, ${FILES} files of 4 KiB`]: () =>
        measure([process.execPath, plumb, 'artifact', 'verify', folder]),
    },
    rounds,
  );
  return rowsOf(figures, peer);
}
