import {
  contractPath,
  err,
  type Failure,
  type FilesPort,
  failure,
  hashOf,
  ok,
  type Result,
  type RunRecord,
  slug,
} from '@plumbline/contracts';
import { runRecord } from '@plumbline/contracts/validators';
import { checkDocument } from '@plumbline/formats/document';

/** Takes a lock and gives it back; the index is written under it. */
export type TakeLock = (path: string, holder: string, waitS: number) => Result<{ release(): void }>;

/** The index as read: its good records, and what is wrong with the other lines. */
export interface RunIndex {
  readonly records: readonly RunRecord[];
  readonly problems: readonly Failure[];
}

const FIRST = '0'.repeat(64);
const LINE_FEED = 10;
/** An append takes a few milliseconds: a hundred runs that end at once are done long before. */
const LOCK_WAIT_S = 30;

/** A record without what the index gives it. */
export type RecordFields = Omit<RunRecord, 'schema_version' | 'pipeline_slug' | 'previous' | 'hash'>;

/** Appends a record to out/runs.jsonl, chained to the record before it. A torn last line stays, on a line of its own. */
export async function appendRecord(
  outputDir: string,
  record: RecordFields,
  { files, lock }: { readonly files: FilesPort; readonly lock: TakeLock },
): Promise<Result<RunRecord>> {
  return withIndex(outputDir, record.run_id, lock, () => appendLocked(outputDir, record, files));
}

/** Does something while nobody else appends. `holder` is the run that does it. */
export async function withIndex<T>(
  outputDir: string,
  holder: string,
  lock: TakeLock,
  work: () => Promise<Result<T>>,
): Promise<Result<T>> {
  const held = lock(contractPath('output', 'append_lock', outputDir), holder, LOCK_WAIT_S);
  if (!held.ok) return held;
  try {
    return await work();
  } finally {
    held.value.release();
  }
}

/** As `appendRecord`, within `withIndex`. Only the end of the index is read: what is wrong before it, `readIndex` tells. */
export async function appendLocked(
  outputDir: string,
  record: RecordFields,
  files: FilesPort,
): Promise<Result<RunRecord>> {
  const path = contractPath('output', 'index', outputDir);
  const bytes = await readBytes(path, files);
  if (!bytes.ok) return bytes;
  const last = lastRecord(bytes.value);
  const named = { ...record, pipeline_slug: slug(record.pipeline) };
  const content = { schema_version: '1' as const, ...named, previous: last?.hash ?? FIRST };
  const whole = { ...content, hash: hashOf(content) };
  const torn = bytes.value.length > 0 && bytes.value.at(-1) !== LINE_FEED ? '\n' : '';
  const appended = await files.append(path, `${torn}${JSON.stringify(whole)}\n`);
  return appended.ok ? ok(whole) : appended;
}

/** The last line that is a good record: one that is torn or was changed has no hash to chain to. Pure. */
function lastRecord(bytes: Uint8Array): RunRecord | undefined {
  for (let end = bytes.length; end > 0; ) {
    const start = bytes.lastIndexOf(LINE_FEED, end - 1) + 1;
    const record = parseLine(new TextDecoder().decode(bytes.subarray(start, end)));
    if (record.ok) return record.value;
    end = start - 1;
  }
  return undefined;
}

/** Reads the index. A line that is torn, changed or out of the chain is a problem, and the others are still records. */
export async function readIndex(outputDir: string, files: FilesPort): Promise<Result<RunIndex>> {
  const path = contractPath('output', 'index', outputDir);
  const bytes = await readBytes(path, files);
  // A torn line may end inside a character: it must not hide the others.
  return bytes.ok ? ok(parseIndex(new TextDecoder().decode(bytes.value), path)) : bytes;
}

async function readBytes(path: string, files: FilesPort): Promise<Result<Uint8Array>> {
  const there = await files.stat(path);
  if (!there.ok) return there;
  return there.value === undefined ? ok(new Uint8Array()) : files.read(path);
}

/** Pure. */
export function parseIndex(text: string, file: string): RunIndex {
  const records: RunRecord[] = [];
  const problems: Failure[] = [];
  let previous = FIRST;
  for (const [n, line] of text.split('\n').entries()) {
    if (line === '') continue;
    const record = parseLine(line);
    const place = { file, line: n + 1 };
    if (!record.ok) {
      problems.push(failure('E_PROOF_INDEX_CORRUPT', record.failure.message, { place }));
      continue;
    }
    if (record.value.previous !== previous) {
      problems.push(
        failure('E_PROOF_INDEX_CORRUPT', `the record of run ${record.value.run_id} does not follow the one before it`, {
          place,
        }),
      );
    }
    records.push(record.value);
    previous = record.value.hash;
  }
  return { records, problems };
}

function parseLine(line: string): Result<RunRecord> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return err(failure('E_PROOF_INDEX_CORRUPT', 'the line is not a whole record'));
  }
  const record = checkDocument<RunRecord>(value, 'the record', runRecord, 'E_PROOF_INDEX_CORRUPT');
  if (!record.ok) return record;
  const { hash, ...content } = record.value;
  return hashOf(content) === hash
    ? record
    : err(
        failure('E_PROOF_INDEX_CORRUPT', `the record of run ${record.value.run_id} was changed after it was written`),
      );
}
