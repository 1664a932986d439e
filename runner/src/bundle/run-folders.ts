import {
  contractName,
  contractPath,
  type FilesPort,
  ok,
  type Result,
  type RunMeta,
  within,
} from '@plumbline/contracts';
import { readMeta } from './read-meta.ts';
import { type RunIndex, readIndex } from './run-index.ts';

/** A run's folder that the index does not know. */
export interface Unrecorded {
  /** Relative to the output folder, as a record says it. */
  readonly path: string;
  readonly meta: RunMeta;
}

/** Deeper than any name of a run's folder may be (schema of environments, `filesystem.naming.run_dir`). */
const DEEPEST = 12;

/**
 * The folders of runs that the index does not know, wherever the naming of their time has put them. A folder without a
 * meta.json never was a run: it was killed before it could say anything, or is a stranger's. One that tells of another
 * place than its own is a copy.
 */
export async function unrecordedRuns(
  outputDir: string,
  { records }: RunIndex,
  files: FilesPort,
): Promise<Result<readonly Unrecorded[]>> {
  const paths = new Set(records.map((record) => record.run_path));
  const ids = new Set(records.map((record) => record.run_id));
  const found: Unrecorded[] = [];
  const walk = async (folder: string, depth: number): Promise<Result<void>> => {
    const names = await files.directories(within(outputDir, folder));
    if (!names.ok) return names;
    for (const name of names.value) {
      const path = within(folder, name);
      if (paths.has(path)) continue;
      const runDir = within(outputDir, path);
      const claimed = await isClaimed(runDir, files);
      if (!claimed.ok) return claimed;
      if (claimed.value) {
        const meta = await readMeta(runDir, files);
        if (meta !== undefined && !ids.has(meta.run_id) && placeOf(meta) === path) found.push({ path, meta });
      } else if (depth < DEEPEST) {
        const below = await walk(path, depth + 1);
        if (!below.ok) return below;
      }
    }
    return ok(undefined);
  };
  const walked = await walk(contractName('output', 'runs'), 1);
  return walked.ok ? ok(found) : walked;
}

/** The folder of a run by its id, relative to the output folder; undefined where it has none. */
export async function findRun(outputDir: string, runId: string, files: FilesPort): Promise<Result<string | undefined>> {
  const index = await readIndex(outputDir, files);
  if (!index.ok) return index;
  const record = index.value.records.findLast((one) => one.run_id === runId);
  if (record !== undefined) return ok(record.run_path === '' ? undefined : record.run_path);
  const others = await unrecordedRuns(outputDir, index.value, files);
  return others.ok ? ok(others.value.find(({ meta }) => meta.run_id === runId)?.path) : others;
}

/** Whether a folder is one run's, and holds no others. */
async function isClaimed(runDir: string, files: FilesPort): Promise<Result<boolean>> {
  for (const name of ['meta', 'lock'] as const) {
    const there = await files.stat(contractPath('run', name, runDir));
    if (!there.ok || there.value !== undefined) return there.ok ? ok(true) : there;
  }
  return ok(false);
}

/** Where a run has put itself; a run of before there were names has put itself below its id. */
function placeOf({ run_path, run_id }: RunMeta): string {
  return run_path ?? within(contractName('output', 'runs'), run_id);
}
