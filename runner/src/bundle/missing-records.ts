import {
  contractPath,
  exitCode,
  type FilesPort,
  ok,
  type Result,
  type RunMeta,
  type Summary,
  within,
} from '@plumbline/contracts';
import { summary as summaryValidator } from '@plumbline/contracts/validators';
import { readDocument } from './read-meta.ts';
import { unrecordedRuns } from './run-folders.ts';
import { appendLocked, type RecordFields, readIndex, type TakeLock, withIndex } from './run-index.ts';
import { recordedProfile, recordOf } from './summary.ts';

interface World {
  readonly files: FilesPort;
  readonly lock: TakeLock;
  isFree(path: string): boolean;
}

/**
 * Records the runs that the index does not know and that nobody holds the lock of: with the outcome that their summary
 * tells, else as crashed (killed, power lost). Their evidence stays as it is, and the record says that it is not their
 * own. Called by the next run; by however many at once, each of them is recorded once.
 */
export async function recordMissing(outputDir: string, ownRunId: string, world: World): Promise<Result<void>> {
  const suspects = await findMissing(outputDir, ownRunId, world);
  if (!suspects.ok) return suspects;
  if (suspects.value.length === 0) return ok(undefined);
  return withIndex(outputDir, ownRunId, world.lock, async () => {
    // Only now is it known that nobody records them meanwhile: another run that found them, or one of them that has
    // just ended. A run that lives holds its lock until its own record is written.
    const missing = await findMissing(outputDir, ownRunId, world);
    if (!missing.ok) return missing;
    for (const fields of missing.value) {
      const appended = await appendLocked(outputDir, { ...fields, recovered: true }, world.files);
      if (!appended.ok) return appended;
    }
    return ok(undefined);
  });
}

async function findMissing(
  outputDir: string,
  ownRunId: string,
  { files, isFree }: World,
): Promise<Result<readonly RecordFields[]>> {
  const index = await readIndex(outputDir, files);
  if (!index.ok) return index;
  const unrecorded = await unrecordedRuns(outputDir, index.value, files);
  if (!unrecorded.ok) return unrecorded;
  const missing: RecordFields[] = [];
  for (const { path, meta } of unrecorded.value) {
    const runDir = within(outputDir, path);
    if (meta.run_id !== ownRunId && isFree(contractPath('run', 'lock', runDir)))
      missing.push(await fieldsOf(meta, runDir, path, files));
  }
  return ok(missing);
}

async function fieldsOf(meta: RunMeta, runDir: string, runPath: string, files: FilesPort): Promise<RecordFields> {
  const summary = await readDocument<Summary>(contractPath('run', 'summary', runDir), summaryValidator, files);
  const { user, profile } = meta;
  const about = { user, run_path: runPath, ...recordedProfile(profile) };
  if (summary !== undefined) return recordOf(summary, about);
  const { run_id, pipeline, environment, mode, started_at } = meta;
  const ended = { status: 'crashed' as const, exit_code: exitCode('crashed'), duration_ms: 0 };
  const found = { errors: 1, warnings: 0, buckets: ['runtime'] };
  return { run_id, pipeline, environment, mode, started_at, ...ended, ...found, ...about };
}
