import { contractPath, exitCode, type FilesPort, ok, type Result, type RunMeta } from '@plumbline/contracts';
import { runMeta } from '@plumbline/contracts/validators';
import { checkDocument } from '@plumbline/formats/document';
import { appendRecord, readIndex, type TakeLock } from './run-index.ts';

/**
 * Records the runs that ended without a word (killed, power lost): a folder that the index does not know and whose lock
 * nobody holds. Their evidence stays as it is; only the index learns of them. Called by the next run.
 */
export async function recordCrashed(
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
    const meta = await readMeta(runDir, world.files);
    if (meta === undefined) continue;
    const { pipeline, environment, mode, started_at, user } = meta;
    const ended = {
      status: 'crashed' as const,
      exit_code: exitCode('crashed'),
      duration_ms: 0,
      errors: 1,
      warnings: 0,
      buckets: ['runtime'],
    };
    await appendRecord(
      outputDir,
      {
        run_id: runId,
        pipeline,
        environment,
        mode,
        started_at,
        user,
        ...ended,
        run_path: runDir.slice(outputDir.length + 1),
      },
      world,
    );
  }
  return ok(undefined);
}

async function readMeta(runDir: string, files: FilesPort): Promise<RunMeta | undefined> {
  const text = await files.readText(contractPath('run', 'meta', runDir));
  if (!text.ok) return undefined;
  try {
    const checked = checkDocument<RunMeta>(JSON.parse(text.value), 'meta.json', runMeta);
    return checked.ok ? checked.value : undefined;
  } catch {
    return undefined;
  }
}
