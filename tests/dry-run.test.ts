import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunRecord } from '@plumbline/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Deployment, makeDeployment } from './support/deployment.ts';
import { statuses } from './support/pipelines.ts';

let d: Deployment;

beforeAll(async () => {
  d = await makeDeployment();
  writeFileSync(join(d.logs, 'app.log'), 'first line of the app\n');
});

afterAll(async () => {
  await d[Symbol.asyncDispose]();
});

const records = () =>
  readFileSync(join(d.root, 'out/runs.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as RunRecord);

/** What apply leaves on the host, without what its services write by themselves. */
const left = () =>
  readdirSync(d.deployRoot, { recursive: true, encoding: 'utf8' })
    .filter((file) => /^(store|generations|current|verified|secrets|journal)/.test(file))
    .sort();

describe('up --dry-run', () => {
  it('must end on a fresh root with a plan, a summary and a record, and deploy nothing', async () => {
    const ended = await d.plumb('up', '--dry-run');
    expect(ended.code, ended.stdout + ended.stderr).toBe(0);
    expect(statuses(d.summary())).toMatchObject({ generate: 'pass', verify: 'skipped', 'verify-L1': 'skipped' });
    const verify = d.summary().steps.find((step) => step.id === 'verify');
    expect(verify?.summary).toBe('in a dry run apply delivers nothing');
    const planned = d.report('apply').operations;
    expect(planned.length).toBeGreaterThan(0);
    expect([...new Set(planned.map((operation) => operation.outcome))]).toEqual(['planned']);
    expect(records()).toMatchObject([{ pipeline: 'up', status: d.summary().status, exit_code: 0 }]);
    expect(existsSync(join(d.deployRoot, 'current'))).toBe(false);
    expect(await d.engine.observe()).toMatchObject({ value: [] });
  });

  it('must change nothing of what is deployed', async () => {
    expect((await d.plumb('up')).code).toBe(0);
    const before = { files: left(), programs: await d.engine.observe() };
    d.configure((config) => {
      config.labels = { env: 'another' };
    });
    const ended = await d.plumb('up', '--dry-run');
    expect(ended.code, ended.stdout + ended.stderr).toBe(0);
    expect(d.report('apply').operations.some((operation) => operation.outcome === 'planned')).toBe(true);
    expect({ files: left(), programs: await d.engine.observe() }).toEqual(before);
    expect(records()).toHaveLength(3);
  });
});
