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
const LOCK_WAIT_S = 30;

/** Appends a record to out/runs.jsonl, chained to the record before it. A torn last line stays, on a line of its own. */
export async function appendRecord(
  outputDir: string,
  record: Omit<RunRecord, 'schema_version' | 'previous' | 'hash'>,
  { files, lock }: { readonly files: FilesPort; readonly lock: TakeLock },
): Promise<Result<RunRecord>> {
  const path = contractPath('output', 'index', outputDir);
  const held = lock(contractPath('output', 'append_lock', outputDir), record.run_id, LOCK_WAIT_S);
  if (!held.ok) return held;
  try {
    const text = await readIndexText(path, files);
    if (!text.ok) return text;
    const last = parseIndex(text.value, path).records.at(-1);
    const content = { schema_version: '1' as const, ...record, previous: last?.hash ?? FIRST };
    const whole = { ...content, hash: hashOf(content) };
    const torn = text.value !== '' && !text.value.endsWith('\n') ? '\n' : '';
    const appended = await files.append(path, `${torn}${JSON.stringify(whole)}\n`);
    return appended.ok ? ok(whole) : appended;
  } finally {
    held.value.release();
  }
}

/** Reads the index. A line that is torn, changed or out of the chain is a problem, and the others are still records. */
export async function readIndex(outputDir: string, files: FilesPort): Promise<Result<RunIndex>> {
  const path = contractPath('output', 'index', outputDir);
  const text = await readIndexText(path, files);
  return text.ok ? ok(parseIndex(text.value, path)) : text;
}

async function readIndexText(path: string, files: FilesPort): Promise<Result<string>> {
  const there = await files.stat(path);
  if (!there.ok) return there;
  if (there.value === undefined) return ok('');
  const bytes = await files.read(path);
  // A torn line may end inside a character: it must not hide the others.
  return bytes.ok ? ok(new TextDecoder().decode(bytes.value)) : bytes;
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
