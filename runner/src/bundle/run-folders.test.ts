import { ok, type RunMeta } from '@plumbline/contracts';
import { beforeEach, describe, expect, it } from 'vitest';
import { type MemoryFiles, memoryFiles } from '../../../tests/support/files.ts';
import { makeSummary } from '../../../tests/support/summary.ts';
import { findRun, unrecordedRuns } from './run-folders.ts';
import { appendRecord, readIndex } from './run-index.ts';
import { recordOf } from './summary.ts';

let files: MemoryFiles;

beforeEach(() => {
  files = memoryFiles();
});

const meta = (run_id: string, run_path?: string): RunMeta => ({
  schema_version: '1',
  run_id,
  pipeline: 'up',
  environment: 'demo',
  config_file: '/c',
  config_sha256: 'a'.repeat(64),
  engine: 'embedded',
  stack: 'observability',
  mode: 'apply',
  started_at: '2026-03-01T12:00:00.000Z',
  user: 'ann',
  plumbline: { version: '1', build: 'b' },
  node: 'v20',
  ...(run_path === undefined ? {} : { run_path }),
});

const put = (path: string, document: RunMeta) => files.write(`/out/${path}/meta.json`, JSON.stringify(document));
const record = (run_id: string, run_path: string) =>
  appendRecord('/out', recordOf(makeSummary({ run_id }), { user: 'ann', run_path }), {
    files,
    lock: () => ok({ release: () => undefined }),
  });

async function unrecorded(): Promise<readonly string[]> {
  const index = await readIndex('/out', files);
  const found = index.ok ? await unrecordedRuns('/out', index.value, files) : index;
  return found.ok ? found.value.map(({ path, meta: { run_id } }) => `${run_id} ${path}`) : [found.failure.code];
}

describe('unrecordedRuns', () => {
  it('must find them wherever a naming has put them, and one from before there were names below its id', async () => {
    await put('runs/a', meta('a'));
    await put('runs/dev/up/x_b-123', meta('b', 'runs/dev/up/x_b-123'));
    await put('runs/c', meta('c', 'runs/c'));
    expect(await unrecorded()).toEqual(['a runs/a', 'c runs/c', 'b runs/dev/up/x_b-123']);
  });

  it('must leave out what is recorded, copies, strangers, and what is within the folder of a run', async () => {
    await record('a', 'runs/dev/a');
    await put('runs/dev/a', meta('a', 'runs/dev/a'));
    await put('runs/copy-of-a', meta('a', 'runs/dev/a'));
    await put('runs/copy-of-b', meta('b', 'runs/b'));
    await put('runs/c/artifact', meta('d', 'runs/c/artifact'));
    await files.write('/out/runs/c/.lock', '');
    await files.write('/out/runs/stranger/notes.txt', '');
    expect(await unrecorded()).toEqual([]);
  });
});

describe('findRun', () => {
  it('must take the word of the index, else of the run itself', async () => {
    await record('a', 'runs/dev/a');
    await record('refused', '');
    await put('runs/ml/b', meta('b', 'runs/ml/b'));
    const where = (id: string) => findRun('/out', id, files);
    expect(await where('a')).toEqual(ok('runs/dev/a'));
    expect(await where('b')).toEqual(ok('runs/ml/b'));
    for (const id of ['refused', 'c', '../..', '']) expect(await where(id)).toEqual(ok(undefined));
  });
});
