import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Report, RunRecord } from '@plumbline/contracts';
import { report as reportValidator } from '@plumbline/contracts/validators';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { expectNoTrace, records } from './support/deploy-root.ts';
import { type Deployment, type Ended, makeDeployment } from './support/deployment.ts';

// The clock that the command line reads, an hour ahead until a file is there: then somebody has set it back.
const HOUR = 3_600_000;
const ahead = `
import { existsSync } from 'node:fs';
const now = Date.now;
Date.now = () => now() + (existsSync(process.env.CLOCK_SET_BACK_BY) ? 0 : ${HOUR});
`;

let d: Deployment;
let preload: string;

beforeEach(async () => {
  d = await makeDeployment();
  preload = join(d.root, 'ahead.mjs');
  writeFileSync(preload, ahead);
});

afterEach(async () => {
  await d[Symbol.asyncDispose]();
});

async function plumbAhead(until: string, ...args: string[]): Promise<Ended> {
  const { NODE_OPTIONS: before = '' } = process.env;
  process.env.NODE_OPTIONS = `${before} --import ${pathToFileURL(preload)}`;
  process.env.CLOCK_SET_BACK_BY = until;
  try {
    return await d.plumb(...args);
  } finally {
    process.env.NODE_OPTIONS = before;
    delete process.env.CLOCK_SET_BACK_BY;
  }
}

const list = async (what: string) => JSON.parse((await d.plumb('runs', what, '--json')).stdout);
const inTheFuture = (at: string) => Date.parse(at) > Date.now() + HOUR / 2;

it('a clock that is set back between two runs must not make the older one the latest', async () => {
  expect((await plumbAhead('/nowhere', 'step', 'generate')).code).toBe(0);
  const [first] = records(d.root) as [RunRecord];
  expect(inTheFuture(first.started_at)).toBe(true);
  d.edit('config/bootstrap.test.json', (text) => text.replace('"env": "test"', '"env": "later"'));
  expect((await d.plumb('step', 'generate')).code).toBe(0);
  const last = records(d.root).at(-1) as RunRecord;
  expect(readdirSync(join(d.root, 'out/runs')).sort().at(-1)).toBe(first.run_id);
  expect(await list('latest')).toMatchObject({ run_id: last.run_id });
  expect(((await list('list')) as RunRecord[]).map((record) => record.run_id)).toEqual([first.run_id, last.run_id]);
  const apply = await d.plumb('step', 'apply');
  expect(apply.code, apply.stdout).toBe(0);
  expect(apply.stderr).toContain(`artifact from the latest run ${last.run_id}`);
  expect((await d.plumb('up')).code).toBe(0);
  expect((await d.plumb('runs', 'list')).code).toBe(0);
});

it('a clock that is set back in the middle of a deployment must leave what is recorded of it whole', async () => {
  const up = await plumbAhead(join(d.deployRoot, 'owner.json'), 'up');
  expectNoTrace(up.stdout + up.stderr);
  expect(up.code, up.stdout).toBe(0);
  const [record] = records(d.root) as [RunRecord];
  expect(record).toMatchObject({ status: 'green', duration_ms: 0 });
  expect(inTheFuture(record.started_at)).toBe(true);
  const folder = join(d.root, 'out/runs', record.run_id);
  const reports = readdirSync(folder)
    .filter((name) => name.endsWith('.report.json'))
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Report);
  for (const report of reports) expect(reportValidator(report), JSON.stringify(reportValidator.errors)).toBe(true);
  const apply = reports.find((report) => report.step === 'apply') as Report;
  expect([inTheFuture(apply.started_at), inTheFuture(apply.ended_at), apply.duration_ms]).toEqual([true, false, 0]);
  const again = await d.plumb('up');
  expect([again.code, again.stdout.includes('nothing changed')]).toEqual([0, true]);
  expect(await list('latest')).toMatchObject({ run_id: records(d.root).at(-1)?.run_id });
  expect(records(d.root)).toHaveLength(2);
});
