import { readFileSync } from 'node:fs';
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
    const script = 'cd "$PLUMBLINE_RUN_DIR" && rm events.jsonl && mkdir events.jsonl';
    writePipeline(d, 'lossy', [bash('loses', script)]);
    const ended = await d.plumb('run', 'lossy');
    expect(ended.code, ended.stdout).toBe(1);
    expect(ended.stdout).toMatch(/^warned: lossy test, /);
    expect(ended.stdout).toMatch(/E_ENV_UNWRITABLE \(env\): events\.jsonl is not whole: .*it is a directory/);
    expect(records().at(-1)).toMatchObject({ pipeline: 'lossy', status: 'warned', warnings: 1 });
  });
});
