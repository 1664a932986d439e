import {
  contractPath,
  exitCode,
  type FilesPort,
  ok,
  type Result,
  type RunMeta,
  type Summary,
} from '@plumbline/contracts';
import { runMeta, summary as summaryValidator, type Validator } from '@plumbline/contracts/validators';
import { appendLocked, type RecordFields, readIndex, type TakeLock, withIndex } from './run-index.ts';
import { recordOf } from './summary.ts';

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
  const folders = await files.directories(contractPath('output', 'runs', outputDir));
  if (!folders.ok) return folders;
  const index = await readIndex(outputDir, files);
  if (!index.ok) return index;
  const known = new Set(index.value.records.map((record) => record.run_id));
  const missing: RecordFields[] = [];
  for (const runId of folders.value) {
    if (runId === ownRunId || known.has(runId)) continue;
    const runDir = contractPath('output', 'run', outputDir, { run_id: runId });
    if (!isFree(contractPath('run', 'lock', runDir))) continue;
    const fields = await fieldsOf(runDir, runDir.slice(outputDir.length + 1), files);
    // A folder without a meta.json never was a run: it was killed before it could say anything, or is a stranger's. One
    // that tells of another run is a copy, and would be recorded again by every run.
    if (fields?.run_id === runId) missing.push(fields);
  }
  return ok(missing);
}

async function fieldsOf(runDir: string, runPath: string, files: FilesPort): Promise<RecordFields | undefined> {
  const meta = await read<RunMeta>(contractPath('run', 'meta', runDir), runMeta, files);
  if (meta === undefined) return undefined;
  const summary = await read<Summary>(contractPath('run', 'summary', runDir), summaryValidator, files);
  if (summary !== undefined) return recordOf(summary, meta.user, runPath);
  const { run_id, pipeline, environment, mode, started_at, user } = meta;
  const ended = { status: 'crashed' as const, exit_code: exitCode('crashed'), duration_ms: 0 };
  const found = { errors: 1, warnings: 0, buckets: ['runtime'] };
  return { run_id, pipeline, environment, mode, started_at, user, ...ended, ...found, run_path: runPath };
}

async function read<T>(path: string, validator: Validator<T>, files: FilesPort): Promise<T | undefined> {
  const text = await files.readText(path);
  if (!text.ok) return undefined;
  try {
    const value: unknown = JSON.parse(text.value);
    return validator(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
