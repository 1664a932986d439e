import { err, failure, ok, type RunMeta, type RunRecord } from '@plumbline/contracts';
import { beforeEach, describe, expect, it } from 'vitest';
import { type MemoryFiles, memoryFiles } from '../../../tests/support/files.ts';
import { makeSummary } from '../../../tests/support/summary.ts';
import { recordMissing } from './missing-records.ts';
import { appendRecord, parseIndex, readIndex, type TakeLock } from './run-index.ts';

const PATH = '/out/runs.jsonl';
const ZERO = '0'.repeat(64);

let files: MemoryFiles;
let locks: string[];
const lock: TakeLock = (path, holder) => {
  locks.push(`take ${path} for ${holder}`);
  return ok({ release: () => void locks.push('release') });
};

beforeEach(() => {
  files = memoryFiles();
  locks = [];
});

type Fields = Omit<RunRecord, 'schema_version' | 'previous' | 'hash'>;

const fields = (run_id: string, more: Partial<Fields> = {}): Fields => ({
  run_id,
  pipeline: 'up',
  environment: 'demo',
  mode: 'apply',
  status: 'green',
  exit_code: 0,
  started_at: '2026-03-01T12:00:00.000Z',
  duration_ms: 1,
  errors: 0,
  warnings: 0,
  buckets: [],
  user: 'ann',
  run_path: `runs/${run_id}`,
  ...more,
});

async function append(...ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const done = await appendRecord('/out', fields(id), { files, lock });
    if (!done.ok) throw new Error(done.failure.message);
  }
}

const lines = () => files.text(PATH).trimEnd().split('\n');
const damage = (change: (text: string) => string) => files.write(PATH, change(files.text(PATH)));

async function read() {
  const index = await readIndex('/out', files);
  if (!index.ok) throw new Error(index.failure.message);
  return {
    runs: index.value.records.map((record) => record.run_id),
    problems: index.value.problems.map((p) => `${p.code} ${p.place?.file}:${p.place?.line} ${p.message}`),
  };
}

describe('appendRecord', () => {
  it('must chain each record to the one before it, under the lock', async () => {
    await append('a', 'b');
    const [first, second] = lines().map((line) => JSON.parse(line) as RunRecord);
    expect(first?.previous).toBe(ZERO);
    expect(second?.previous).toBe(first?.hash);
    expect(locks).toEqual(['take /out/.append.lock for a', 'release', 'take /out/.append.lock for b', 'release']);
    expect(await read()).toEqual({ runs: ['a', 'b'], problems: [] });
  });

  it('must put a record behind a torn line on a line of its own, chained to the last whole one', async () => {
    await append('a', 'b');
    const second = lines()[1] as string;
    await damage((text) => text.slice(0, -20));
    await append('c');
    expect(lines()[1]).toBe(second.slice(0, -19));
    expect(await read()).toEqual({
      runs: ['a', 'c'],
      problems: [`E_PROOF_INDEX_CORRUPT ${PATH}:2 the line is not a whole record`],
    });
  });

  it('must keep every record before a line that is torn at any of its bytes, and go on behind it', async () => {
    await append('a', 'b');
    const whole = files.text(PATH);
    const torn = JSON.stringify({ ...JSON.parse(lines()[1] as string), user: 'bü' });
    const bytes = new TextEncoder().encode(torn);
    for (let cut = 0; cut < bytes.length; cut += 1) {
      files.content.set(PATH, new Uint8Array([...new TextEncoder().encode(whole), ...bytes.subarray(0, cut)]));
      await append('c');
      expect(files.text(PATH).startsWith(whole)).toBe(true);
      const { runs, problems } = await read();
      expect(runs).toEqual(['a', 'b', 'c']);
      expect(problems).toEqual(cut === 0 ? [] : [`E_PROOF_INDEX_CORRUPT ${PATH}:3 the line is not a whole record`]);
    }
    // One that lacks nothing but its line feed is whole.
    await files.write(PATH, whole.trimEnd());
    await append('c');
    expect(await read()).toEqual({ runs: ['a', 'b', 'c'], problems: [] });
  });

  it('must chain to the last record that was not changed, which the index then tells', async () => {
    await append('a', 'b');
    await damage((text) => text.replace('"run_id":"b"', '"run_id":"x"'));
    await append('c');
    expect(JSON.parse(lines()[2] as string)).toMatchObject({ previous: JSON.parse(lines()[0] as string).hash });
    expect(await read()).toEqual({
      runs: ['a', 'c'],
      problems: [`E_PROOF_INDEX_CORRUPT ${PATH}:2 the record of run x was changed after it was written`],
    });
    files.content.set(PATH, new TextEncoder().encode('no record\nat all'));
    await append('first');
    expect(JSON.parse(lines()[2] as string)).toMatchObject({ run_id: 'first', previous: ZERO });
  });

  it('must write nothing without the lock, and give it back when it cannot write', async () => {
    const held: TakeLock = () => err(failure('E_ENV_LOCKED', 'held'));
    expect(await appendRecord('/out', fields('a'), { files, lock: held })).toMatchObject({
      failure: { code: 'E_ENV_LOCKED' },
    });
    files.failing.add(`append ${PATH}`);
    expect(await appendRecord('/out', fields('a'), { files, lock })).toMatchObject({
      failure: { code: 'E_ENV_UNWRITABLE' },
    });
    expect(files.content.has(PATH)).toBe(false);
    expect(locks.at(-1)).toBe('release');
  });
});

describe('the index', () => {
  it('must be empty where there is none', async () => {
    expect(await read()).toEqual({ runs: [], problems: [] });
  });

  it('must still give every whole record where several lines are torn', async () => {
    await append('a');
    await files.append(PATH, '{"schema_version":"1","run');
    await append('b');
    await files.append(PATH, '\ud83d'.slice(0, 1));
    await append('c');
    const { runs, problems } = await read();
    expect(runs).toEqual(['a', 'b', 'c']);
    expect(problems.map((problem) => problem.split(' ')[1])).toEqual([`${PATH}:2`, `${PATH}:4`]);
  });

  it('must find a record that was changed, and that the one behind it hangs in the air', async () => {
    await append('a', 'b', 'c');
    await damage((text) => text.replace('"run_id":"b"', '"run_id":"x"'));
    expect(await read()).toEqual({
      runs: ['a', 'c'],
      problems: [
        `E_PROOF_INDEX_CORRUPT ${PATH}:2 the record of run x was changed after it was written`,
        `E_PROOF_INDEX_CORRUPT ${PATH}:3 the record of run c does not follow the one before it`,
      ],
    });
  });

  it.each([
    ['taken out', (all: readonly string[]) => [all[0], all[2]], 1],
    ['swapped', (all: readonly string[]) => [all[1], all[0], all[2]], 3],
    ['written twice', (all: readonly string[]) => [all[0], all[0], all[1], all[2]], 1],
    ['taken from the start', (all: readonly string[]) => all.slice(1), 1],
  ])('must find that a whole record was %s', async (_, change, count) => {
    await append('a', 'b', 'c');
    const text = `${change(lines()).join('\n')}\n`;
    const { problems } = parseIndex(text, PATH);
    expect(problems).toHaveLength(count);
    expect(problems.every((problem) => problem.message.includes('does not follow'))).toBe(true);
  });

  it('must find a record that does not fit its schema, though its hash is right', async () => {
    await appendRecord('/out', { ...fields('a'), duration_ms: -1 }, { files, lock });
    expect((await read()).problems).toEqual([expect.stringContaining('"duration_ms" must be >= 0')]);
  });
});

describe('recordMissing', () => {
  const meta = (run_id: string): RunMeta => ({
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
  });
  const folder = (id: string, document: unknown = meta(id)) =>
    files.write(`/out/runs/${id}/meta.json`, JSON.stringify(document));
  const note = (isFree: (path: string) => boolean = () => true) =>
    recordMissing('/out', 'own', { files, lock, isFree });
  const recorded = async () => {
    const index = await readIndex('/out', files);
    return index.ok ? index.value.records.map((r) => `${r.run_id} ${r.status} ${r.exit_code} ${r.buckets}`) : [];
  };

  it('must record a run that ended without a word as crashed, once', async () => {
    await folder('a');
    await note();
    await note();
    expect(await recorded()).toEqual(['a crashed 2 runtime']);
  });

  it('must record a run that only the index lost by what its summary says', async () => {
    await folder('a');
    await files.write(
      '/out/runs/a/summary.json',
      JSON.stringify(makeSummary({ run_id: 'a', status: 'warned', exit_code: 1 })),
    );
    await note();
    expect(await recorded()).toEqual(['a warned 1 ']);
  });

  it('must say in the record that it was made for the run, and not by it', async () => {
    await append('own-word');
    await folder('a');
    await note();
    const index = await readIndex('/out', files);
    expect(index).toMatchObject({ ok: true, value: { problems: [] } });
    expect(index.ok && index.value.records.map((record) => record.recovered)).toEqual([undefined, true]);
  });

  it('must take half a summary for none', async () => {
    await folder('a');
    await files.write('/out/runs/a/summary.json', JSON.stringify(makeSummary({ run_id: 'a' })).slice(0, -5));
    await note();
    expect(await recorded()).toEqual(['a crashed 2 runtime']);
  });

  it('must not record what another run has recorded, or the run itself, before it had the lock', async () => {
    for (const by of [{ recovered: true }, {}]) {
      files = memoryFiles();
      await folder('a');
      await append('before');
      const other = memoryFiles({ [PATH]: files.text(PATH) });
      await appendRecord('/out', fields('a', by), { files: other, lock });
      const late: TakeLock = () => {
        files.content.set(PATH, other.content.get(PATH) as Uint8Array);
        return ok({ release: () => undefined });
      };
      await recordMissing('/out', 'own', { files, lock: late, isFree: () => true });
      expect(await read()).toEqual({ runs: ['before', 'a'], problems: [] });
    }
  });

  it('must take the lock once, and only where a run is missing', async () => {
    await append('known');
    await folder('known');
    locks = [];
    await note();
    expect(locks).toEqual([]);
    await folder('a');
    await folder('b');
    await note();
    expect(locks).toEqual(['take /out/.append.lock for own', 'release']);
    expect(await recorded()).toEqual(['known green 0 ', 'a crashed 2 runtime', 'b crashed 2 runtime']);
  });

  it('must leave alone its own run, one that still works, one that is known and what is no run', async () => {
    await append('known');
    await folder('known');
    await folder('own');
    await folder('working');
    await folder('stranger', { some: 'json' });
    await folder('copy', meta('known'));
    await files.write('/out/runs/empty/notes.txt', '');
    await note((path) => path !== '/out/runs/working/.lock');
    expect(await recorded()).toEqual(['known green 0 ']);
  });

  it('must say when the index cannot be written', async () => {
    await folder('a');
    files.failing.add(`append ${PATH}`);
    expect(await note()).toMatchObject({ ok: false, failure: { code: 'E_ENV_UNWRITABLE' } });
  });
});
