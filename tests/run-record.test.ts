import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunRecord } from '@plumbline/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Deployment, makeDeployment } from './support/deployment.ts';
import { bash, writePipeline } from './support/pipelines.ts';

let d: Deployment;

beforeAll(async () => {
  d = await makeDeployment();
});

afterAll(async () => {
  await d[Symbol.asyncDispose]();
});

const records = () =>
  readFileSync(join(d.root, 'out/runs.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as RunRecord);

describe('a run', () => {
  it('must not be green where its events could not be written', async () => {
    // The runner writes its events meanwhile: what it writes between the two is removed again.
    const script = 'cd "$PLUMBLINE_RUN_DIR" && rm events.jsonl && until mkdir events.jsonl; do rm events.jsonl; done';
    writePipeline(d, 'lossy', [bash('loses', script)]);
    const ended = await d.plumb('run', 'lossy');
    expect(ended.code, ended.stdout).toBe(1);
    expect(ended.stdout).toMatch(/^warned: lossy test, /);
    expect(ended.stdout).toMatch(/E_ENV_UNWRITABLE \(env\): events\.jsonl is not whole: .*it is a directory/);
    expect(records().at(-1)).toMatchObject({ pipeline: 'lossy', status: 'warned', warnings: 1 });
  });

  it('must be recorded also where it is refused before it has a folder', async () => {
    const before = records().length;
    const folders = () => readdirSync(join(d.root, 'out/runs'));
    const runs = folders();
    writePipeline(d, 'broken', [bash('a', 'true', { after: ['nobody'] })]);
    await d.plumb('run', 'broken');
    await d.plumb('run', 'nowhere');
    await d.plumb('step', 'nothing', '--mode', 'diagnose');
    await d.plumb('down', '--mode', 'diagnose');
    const refused = { status: 'refused', run_path: '', errors: 1, user: expect.any(String) };
    expect(records().slice(before)).toMatchObject([
      { ...refused, pipeline: 'broken', mode: 'apply', exit_code: 2, buckets: ['config'] },
      { ...refused, pipeline: 'nowhere', mode: 'apply', exit_code: 64, buckets: ['config'] },
      { ...refused, pipeline: 'step-nothing', mode: 'diagnose', exit_code: 64, buckets: ['config'] },
      { ...refused, pipeline: 'down', mode: 'diagnose', exit_code: 2, buckets: ['env'] },
    ]);
    expect(folders()).toEqual(runs);
    expect((await d.plumb('runs', 'list')).code).toBe(0);
  });

  it('must not be recorded where the command line cannot be read', async () => {
    const before = records().length;
    for (const args of [['uup'], ['up', '--what'], ['up', '--mode', 'all'], ['step', 'verify', '--input', 'x']])
      expect((await d.plumb(...args)).code, args.join(' ')).toBe(64);
    expect(records()).toHaveLength(before);
  });

  it('must print the head of the chain as it ends', async () => {
    writePipeline(d, 'short', [bash('a', 'true')]);
    const ended = await d.plumb('run', 'short');
    const [, head] = /\nrecord: ([0-9a-f]{12}), the head of runs\.jsonl\n$/.exec(ended.stdout) ?? [];
    expect(records().at(-1)?.hash.slice(0, 12)).toBe(head);
  });

  it('that lost its record must be told from one that was recorded in time', async () => {
    const index = join(d.root, 'out/runs.jsonl');
    const lines = readFileSync(index, 'utf8').trimEnd().split('\n');
    writeFileSync(index, `${lines.slice(0, -1).join('\n')}\n`);
    await d.plumb('run', 'short');
    expect(records().slice(-2)).toMatchObject([{ status: 'green', recovered: true }, { status: 'green' }]);
    const list = await d.plumb('runs', 'list');
    expect(list.stdout.match(/ green \(recovered\) +0 /g)).toHaveLength(1);
  });
});
