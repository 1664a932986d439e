import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Autoheal, failure, notPassed, type Report, type StepContext } from '@plumbline/contracts';
import { autoheal as validator } from '@plumbline/contracts/validators';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { autoheal } from '../steps/autoheal/src/index.ts';
import { type Deployment, makeDeployment } from './support/deployment.ts';
import { memoryFiles } from './support/files.ts';
import { fakePorts } from './support/ports.ts';

const check = notPassed({ id: 'L1.loki', summary: 'down' }, 'fail', failure('E_RUNTIME_SERVICE_UNHEALTHY', 'down'));

function report(step: string, more: Partial<Report> = {}): string {
  const whole: Report = {
    schema_version: '1',
    run_id: 'r1',
    step,
    uses: 'verify',
    mode: 'apply',
    status: 'fail',
    summary: 'x',
    started_at: '2026-03-01T12:00:00.000Z',
    ended_at: '2026-03-01T12:00:01.000Z',
    duration_ms: 1000,
    inputs: {},
    outputs: {},
    operations: [],
    checks: [check],
    stand_ins: [],
    ...more,
  };
  return JSON.stringify(whole);
}

function run(files: Readonly<Record<string, string>>) {
  const ports = fakePorts({ files: memoryFiles(files) });
  return autoheal.run({ ports, runDir: '/out/runs/r1' } as unknown as StepContext);
}

describe('autoheal', () => {
  it('must say that nothing is to be mended where nothing was reported', async () => {
    expect(await run({})).toMatchObject({
      value: { summary: 'nothing to mend', outputs: { suggestions: { primary: null } } },
    });
  });

  it('must read every report of the run, and count what a cell said once', async () => {
    const cell = report('verify-L1');
    const merged = report('verify', { cells: ['verify-L1'] });
    const found = await run({ '/out/runs/r1/verify-L1.report.json': cell, '/out/runs/r1/verify.report.json': merged });
    expect(found).toMatchObject({
      value: { outputs: { suggestions: { run_id: 'r1', primary: 'runtime', active_buckets: [{ count: 1 }] } } },
    });
  });

  it.each([
    ['is not whole', '{"schema_version"', /is not whole JSON/],
    ['breaks its schema', report('verify').replace('"run_id"', '"run"'), /unknown key "run"|"run_id"/],
  ])('must refuse a report that %s', async (_, text, says) => {
    expect(await run({ '/out/runs/r1/verify.report.json': text })).toMatchObject({
      failure: {
        code: 'E_PROOF_REPORT_INVALID',
        message: expect.stringMatching(says),
        place: { file: expect.any(String) },
      },
    });
  });
});

describe('autoheal in a pipeline', () => {
  let d: Deployment;
  beforeAll(async () => {
    d = await makeDeployment();
    writeFileSync(join(d.logs, 'app.log'), 'a line\n');
    const steps = [
      { id: 'verify', uses: 'verify', with: { levels: ['L1', 'L3'] } },
      { id: 'autoheal', uses: 'autoheal', when: 'always', after: ['verify'] },
    ];
    const heal = { schema_version: '1', name: 'heal', description: 'x', inputs: ['provenance', 'artifact'], steps };
    writeFileSync(join(d.root, 'config/pipelines/heal.json'), JSON.stringify(heal));
    expect((await d.plumb('up')).code).toBe(0);
  });
  afterAll(async () => {
    await d[Symbol.asyncDispose]();
  });

  const heal = async () => {
    const ended = await d.plumb('run', 'heal');
    const newest = readdirSync(join(d.root, 'out/runs')).sort().at(-1) as string;
    const found: unknown = JSON.parse(
      readFileSync(join(d.root, 'out/runs', newest, 'autoheal.suggestions.json'), 'utf8'),
    );
    expect(validator(found)).toBe(true);
    return { ended, found: found as Autoheal };
  };

  it('must name nothing on a good stack', async () => {
    expect((await heal()).found).toMatchObject({ primary: null, active_buckets: [] });
  });

  it('must start with the service that is down, and call the proof its consequence', async () => {
    await d.engine.stop('loki');
    const { ended, found } = await heal();
    expect(ended.code).toBe(2);
    expect(found).toMatchObject({
      primary: 'runtime',
      active_buckets: [
        { bucket: 'runtime', code: 'E_RUNTIME_SERVICE_UNHEALTHY', example_patch: { command: './plumb up' } },
        { bucket: 'proof', follows_from: { bucket: 'runtime', code: 'E_RUNTIME_SERVICE_UNHEALTHY' } },
      ],
      resolved_buckets: ['env', 'config', 'network', 'deps'],
    });
    expect(d.report('autoheal').summary).toMatch(/^start with runtime: /);
    // The one action that it named is enough.
    expect((await d.plumb('up')).code).toBe(0);
    expect((await heal()).found.primary).toBe(null);
  });
});
