import { readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JournalEntry, Report } from '@plumbline/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Deployment, ended, eventually, makeDeployment } from './support/deployment.ts';
import { statuses } from './support/pipelines.ts';
import { instances, replacedSince, stored } from './support/services.ts';

// What happens to a deployment that does not stand, seen from outside: what runs, what it serves, and the exit code.
let d: Deployment;

const stack = 'config/stacks/observability';
const lokiTemplate = `${stack}/templates/loki/loki.yml.j2`;
const refused = (text: string) => text.replace('replication_factor: 1', 'replication_factor: 1\n  no_such_key: 1');
const harmless = (text: string) => text.replace('replication_factor: 1', 'replication_factor: 1 # changed');
/** It starts, and does not mask what it must. */
const leaking = (text: string) => text.replace('(?i)bearer', '(?i)no-such-word');

beforeEach(async () => {
  d = await makeDeployment();
  writeFileSync(join(d.logs, 'app.log'), 'a line of before\n');
});

afterEach(async () => {
  await d[Symbol.asyncDispose]();
});

async function up(...args: string[]) {
  const run = await d.plumb('up', ...args);
  expect(run.stdout, run.stderr).toMatch(/^green/);
  return run;
}

const pointer = (name: 'current' | 'verified') => readlinkSync(join(d.deployRoot, name)).slice('generations/'.length);
const journal = () =>
  readFileSync(join(d.deployRoot, 'journal.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as JournalEntry);

const services = (step: string) =>
  Object.fromEntries(
    Object.entries((d.report(step) as Report).services ?? {}).map(([name, { change, cause }]) => [
      name,
      `${change}: ${cause}`,
    ]),
  );

describe('a deployment that does not stand', () => {
  it('must be undone when a service refuses its configuration: exit 3, the old one serves, and no line is lost', async () => {
    await up();
    const [before, verified] = [await instances(d), pointer('verified')];
    d.edit(lokiTemplate, refused);
    const run = d.start('up');
    const end = ended(run);
    // Written while the store is down, or refuses: the collector keeps it.
    await eventually('the store to be replaced', async () => (await replacedSince(before, d)).includes('loki'));
    writeFileSync(join(d.logs, 'app.log'), 'a line of meanwhile\n', { flag: 'a' });
    const { code, stdout } = await end;
    expect(code, stdout).toBe(3);
    expect(stdout).toMatch(/^rolled_back: up test/);
    expect(stdout).toContain('E_RUNTIME_SERVICE_FAILED');
    expect(statuses(d.summary())).toMatchObject({
      apply: 'fail',
      verify: 'skipped',
      rollback: 'pass',
      reverify: 'pass',
    });
    expect([pointer('current'), pointer('verified')]).toEqual([verified, verified]);
    expect(await replacedSince(before, d)).toEqual(['loki']);
    // Between its ends it is waiting to be started again.
    expect(services('rollback').loki).toMatch(/^replace: (its configuration changed|it ended \(1\))$/);
    writeFileSync(join(d.logs, 'app.log'), 'a line of after\n', { flag: 'a' });
    await eventually('every line to be stored', async () => (await stored(d)).length === 3);
    expect(await stored(d)).toEqual(['a line of before', 'a line of meanwhile', 'a line of after']);
    expect(readFileSync(join(d.root, 'out/runs.jsonl'), 'utf8').trimEnd().split('\n').at(-1)).toContain(
      '"status":"rolled_back"',
    );
  });

  it('must be undone when it runs and its proof fails, and say first what failed', async () => {
    await up();
    const verified = pointer('verified');
    d.edit(`${stack}/secrets_policy.json`, leaking);
    const { code, stdout } = await d.plumb('up');
    expect(code, stdout).toBe(3);
    expect(d.summary().errors[0]?.code).toBe('E_PROOF_SECRET_EXPOSED');
    expect(statuses(d.summary())).toMatchObject({
      apply: 'pass',
      verify: 'fail',
      promote: 'skipped',
      reverify: 'pass',
    });
    expect([pointer('current'), pointer('verified')]).toEqual([verified, verified]);
    // What stands now is what the levels tell of.
    expect(d.summary().levels.map(({ verdict }) => verdict)).not.toContain('fail');
    d.edit(`${stack}/secrets_policy.json`, (text) => text.replace('(?i)no-such-word', '(?i)bearer'));
    expect((await up()).stdout).toContain('nothing changed: all 6 services run as the artifact describes');
  });

  it('must be left for inspection when it is the first: exit 2, and the next run goes on from there', async () => {
    d.edit(lokiTemplate, refused);
    const first = await d.plumb('up');
    expect(first.code, first.stdout).toBe(2);
    expect(first.stdout).toMatch(/^failed/);
    expect(d.summary().steps.find((step) => step.id === 'rollback')).toMatchObject({
      status: 'skipped',
      summary: 'nothing was ever proved here, so what was deployed is left running to be looked at',
    });
    expect(Object.keys(await instances(d))).toEqual(['loki']);
    d.edit(lokiTemplate, (text) => text.replace('\n  no_such_key: 1', ''));
    await up();
    expect(pointer('verified')).toBe(pointer('current'));
  });

  it('must not undo what the run did not do: where nothing was changed, nothing is rolled back', async () => {
    await up();
    const before = await instances(d);
    d.configure((config) => {
      config.sources = [...config.sources];
    });
    // A stream that lacks its labels: the proof fails, and no deployment is to blame.
    const at = `${BigInt(Date.now()) * 1_000_000n}`;
    const body = JSON.stringify({ streams: [{ stream: { job: 'app' }, values: [[at, 'pushed']] }] });
    const headers = { 'content-type': 'application/json' };
    await fetch(`http://127.0.0.1:${d.ports.loki}/loki/api/v1/push`, { method: 'POST', headers, body });
    const run = await d.plumb('up');
    expect(run.code, run.stdout).toBe(2);
    expect(d.summary().steps.find((step) => step.id === 'rollback')).toMatchObject({
      status: 'skipped',
      summary: 'this run has changed nothing',
    });
    expect(await replacedSince(before, d)).toEqual([]);
  });
});

describe('one change', () => {
  it('must replace one service and no other, and none where nothing changes', async () => {
    await up();
    const before = await instances(d);
    await up();
    expect(await replacedSince(before, d)).toEqual([]);
    d.edit(lokiTemplate, harmless);
    await up();
    expect(await replacedSince(before, d)).toEqual(['loki']);
    const { loki, ...others } = services('apply');
    expect(loki).toBe('replace: its configuration changed');
    expect(new Set(Object.values(others))).toEqual(new Set(['keep: it runs as the artifact describes']));
  });
});

describe('Ctrl-C while services are being replaced', () => {
  /** Starts an `up` that changes the store, and waits until the store is being replaced. */
  async function replacing() {
    await up();
    const before = await instances(d);
    d.edit(lokiTemplate, harmless);
    const run = d.start('up');
    const end = ended(run);
    await eventually('the store to be replaced', async () =>
      journal().some(
        ({ op, target, generation }) => op === 'replace' && target === 'loki' && generation !== pointer('verified'),
      ),
    );
    return { run, end, before };
  }

  it('must go back to what was proved, prove it, and say that it was interrupted', async () => {
    const { run, end, before } = await replacing();
    const verified = pointer('verified');
    run.kill('SIGINT');
    const { code, stdout } = await end;
    expect(code, stdout).toBe(130);
    expect(d.summary()).toMatchObject({ status: 'interrupted' });
    expect(statuses(d.summary())).toMatchObject({ rollback: 'pass', reverify: 'pass' });
    expect([pointer('current'), pointer('verified')]).toEqual([verified, verified]);
    expect(await replacedSince(before, d)).toEqual(['loki']);
    expect(journal().at(-1)).toMatchObject({ stage: 'apply', outcome: 'done', generation: verified });
  });

  it('must leave the journal open at a second one, say so, and be finished by the next run', async () => {
    const { run, end } = await replacing();
    run.kill('SIGINT');
    let heeded = '';
    run.stderr?.on('data', (chunk) => {
      heeded += chunk;
    });
    await eventually('the first to be heeded', () => heeded.includes('stopping: '));
    run.kill('SIGINT');
    const { code, stderr } = await end;
    expect(code).toBe(130);
    expect(stderr).toContain('the next `./plumb up` finishes or undoes it');
    expect(journal().at(-1)).not.toMatchObject({ stage: 'apply', outcome: 'done' });
    await up();
    expect(journal().at(-1)).toMatchObject({ stage: 'apply', outcome: 'done' });
    expect(pointer('verified')).toBe(pointer('current'));
    const records = readFileSync(join(d.root, 'out/runs.jsonl'), 'utf8').trimEnd().split('\n');
    expect(records.filter((line) => line.includes('"status":"crashed"'))).toHaveLength(1);
  });
});

describe('./plumb rollback', () => {
  it('must have something to go back to', async () => {
    d.edit(lokiTemplate, refused);
    await d.plumb('up');
    d.edit(lokiTemplate, (text) => text.replace('\n  no_such_key: 1', ''));
    const { code, stdout } = await d.plumb('rollback');
    expect(code).toBe(2);
    expect(stdout + d.summary().errors.map((error) => error.code)).toMatch(/E_RUNTIME_NOT_(VERIFIED|DEPLOYED)/);
  });

  it('must bring back what was proved, whatever was applied since, and never exit 0', async () => {
    await up();
    const [before, verified] = [await instances(d), pointer('verified')];
    d.edit(lokiTemplate, harmless);
    expect((await d.plumb('step', 'generate')).code).toBe(0);
    const generated = JSON.parse((await d.plumb('runs', 'latest', '--json')).stdout) as { run_id: string };
    const applied = await d.plumb('step', 'apply', '--from-run', generated.run_id);
    expect(applied.code, applied.stdout + applied.stderr).toBe(0);
    expect(pointer('current')).not.toBe(verified);
    const back = await d.plumb('rollback');
    expect(back.code, back.stdout).toBe(3);
    expect([pointer('current'), pointer('verified')]).toEqual([verified, verified]);
    expect(await replacedSince(before, d)).toEqual(['loki']);
    expect((await d.plumb('rollback')).code).toBe(3);
    expect((await d.plumb('verify')).code).toBe(0);
  });
});
