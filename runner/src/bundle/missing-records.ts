import {
  contractPath,
  exitCode,
  type FilesPort,
  ok,
  type Result,
  type RunMeta,
  type RunRecord,
  type Summary,
} from '@plumbline/contracts';
import { runMeta, summary as summaryValidator, type Validator } from '@plumbline/contracts/validators';
import { appendRecord, readIndex, type TakeLock } from './run-index.ts';
import { recordOf } from './summary.ts';

type Fields = Omit<RunRecord, 'schema_version' | 'previous' | 'hash'>;

/**
 * Records the runs that the index does not know and that nobody holds the lock of: with the outcome that their summary
 * tells, else as crashed (killed, power lost). Their evidence stays as it is, and the
 * record says that it is not their own. Called by the next run.
 */
export async function recordMissing(
  outputDir: string,
  ownRunId: string,
  world: { readonly files: FilesPort; readonly lock: TakeLock; isFree(path: string): boolean },
): Promise<Result<void>> {
  const folders = await world.files.directories(contractPath('output', 'runs', outputDir));
  if (!folders.ok) return folders;
  const index = await readIndex(outputDir, world.files);
  if (!index.ok) return index;
  const known = new Set(index.value.records.map((record) => record.run_id));
  for (const runId of folders.value) {
    if (runId === ownRunId || known.has(runId)) continue;
    const runDir = contractPath('output', 'run', outputDir, { run_id: runId });
    if (!world.isFree(contractPath('run', 'lock', runDir))) continue;
    const fields = await fieldsOf(runDir, runDir.slice(outputDir.length + 1), world.files);
    // A folder without a meta.json never was a run: it was killed before it could say anything, or is a stranger's. One
    // that tells of another run is a copy, and would be recorded again by every run.
    if (fields?.run_id !== runId) continue;
    const appended = await appendRecord(outputDir, { ...fields, recovered: true }, world);
    if (!appended.ok) return appended;
  }
  return ok(undefined);
}

async function fieldsOf(runDir: string, runPath: string, files: FilesPort): Promise<Fields | undefined> {
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
