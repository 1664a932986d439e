import {
  contractPath,
  err,
  failure,
  failureExit,
  ok,
  type Result,
  type RunRecord,
  type Summary,
  within,
} from '@plumbline/contracts';
import { summary as summaryValidator } from '@plumbline/contracts/validators';
import { checkDocument } from '@plumbline/formats/document';
import { files } from '../adapters/files.ts';
import { type RunIndex, readIndex } from '../bundle/run-index.ts';
import { environmentOf } from './environment.ts';
import type { CommonOptions } from './options.ts';
import { print, printFailure, table } from './output.ts';
import { summaryForPeople } from './summary-for-people.ts';

/** `runs list`, `runs latest` and `runs show [ID]`: reads the index and the bundles, and changes nothing. */
export async function runs(
  what: 'list' | 'latest' | 'show',
  id: string | undefined,
  options: CommonOptions,
): Promise<number> {
  const json = options.json === true;
  const loaded = await environmentOf(options);
  if (!loaded.ok) return fail(loaded, json);
  const outputDir = loaded.value.environment.paths.output_dir;
  const index = await readIndex(outputDir, files);
  if (!index.ok) return fail(index, json);
  // A line that is torn is told once, and the other records are still good.
  for (const problem of index.value.problems) printFailure(problem, false);
  const damaged = index.value.problems.length > 0 ? 2 : 0;
  if (what === 'list') {
    print(json ? JSON.stringify(index.value.records, null, 2) : list(index.value.records));
    return damaged;
  }
  const record = find(index.value, id);
  if (!record.ok) return fail(record, json);
  if (what === 'latest') {
    print(json ? JSON.stringify(record.value, null, 2) : list([record.value]));
    return damaged;
  }
  const summary = await readSummary(record.value, outputDir);
  if (!summary.ok) return fail(summary, json);
  print(
    json
      ? JSON.stringify(summary.value, null, 2)
      : `${summaryForPeople(summary.value)}\n\nevidence: ${within(outputDir, record.value.run_path)}`,
  );
  return damaged;
}

function fail(result: { readonly failure: Parameters<typeof printFailure>[0] }, json: boolean): number {
  printFailure(result.failure, json);
  return failureExit(result.failure.code);
}

function list(records: readonly RunRecord[]): string {
  if (records.length === 0) return 'no run yet; `./plumb up` makes the first';
  const rows = [...records]
    .reverse()
    .map((r) => [
      r.run_id,
      r.pipeline,
      r.environment,
      r.recovered === true ? `${r.status} (recovered)` : r.status,
      String(r.exit_code),
      `${(r.duration_ms / 1000).toFixed(1)} s`,
      r.buckets.join(','),
    ]);
  return table([['run', 'pipeline', 'environment', 'status', 'exit', 'took', 'buckets'], ...rows]);
}

/** The newest run, or the one whose id starts or ends with what is given, if it is the only one. */
function find({ records }: RunIndex, id: string | undefined): Result<RunRecord> {
  const fitting =
    id === undefined
      ? records.slice(-1)
      : records.filter((r) => r.run_id === id || r.run_id.startsWith(id) || r.run_id.endsWith(id));
  const [first, second] = fitting;
  if (first === undefined)
    return err(failure('E_PROOF_UNKNOWN_RUN', id === undefined ? 'there is no run yet' : `no run "${id}"`));
  if (second !== undefined)
    return err(failure('E_PROOF_UNKNOWN_RUN', `"${id}" fits ${fitting.length} runs`, { hint: 'give more of the id' }));
  return ok(first);
}

async function readSummary(record: RunRecord, outputDir: string): Promise<Result<Summary>> {
  if (record.run_path === '')
    return err(failure('E_PROOF_UNKNOWN_RUN', `run ${record.run_id} was ${record.status} before it had a folder`));
  const file = contractPath('run', 'summary', within(outputDir, record.run_path));
  const text = await files.readText(file);
  if (!text.ok)
    return err(
      failure('E_PROOF_REPORT_INVALID', `run ${record.run_id} (${record.status}) has no summary`, { place: { file } }),
    );
  let value: unknown;
  try {
    value = JSON.parse(text.value);
  } catch {
    return err(failure('E_PROOF_REPORT_INVALID', 'the summary is not whole JSON', { place: { file } }));
  }
  const checked = checkDocument<Summary>(value, 'the summary', summaryValidator);
  return checked.ok ? checked : err({ ...checked.failure, place: { file, ...checked.failure.place } });
}
