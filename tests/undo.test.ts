import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunEvent } from '@plumbline/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Deployment, ended, eventually, makeDeployment } from './support/deployment.ts';
import { newestRun, statuses } from './support/pipelines.ts';

// What is undone, and what is not: where a run was killed, interrupted, or asked to look only.
let d: Deployment;

const stack = 'config/stacks/observability';
const leaking = (text: string) => text.replace('(?i)bearer', '(?i)no-such-word');

beforeEach(async () => {
  d = await makeDeployment();
  writeFileSync(join(d.logs, 'app.log'), 'a line\n');
  const run = await d.plumb('up');
  expect(run.stdout, run.stderr).toMatch(/^green/);
});

afterEach(async () => {
  await d[Symbol.asyncDispose]();
});

const pointer = (name: 'current' | 'verified') => readlinkSync(join(d.deployRoot, name)).slice('generations/'.length);

const seen = (): readonly RunEvent[] => {
  const path = join(newestRun(d), 'events.jsonl');
  if (!existsSync(path)) return [];
  const whole = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return whole.map((line) => JSON.parse(line) as RunEvent);
};

describe('a generation that does not stand', () => {
  it('must be undone by the next run where the one that deployed it was killed before it could prove it', async () => {
    const verified = pointer('verified');
    d.edit(`${stack}/secrets_policy.json`, leaking);
    const before = newestRun(d);
    const run = d.start('up');
    const end = ended(run);
    await eventually('the proof to begin', () => {
      const begun =
        newestRun(d) !== before && seen().some((e) => e.type === 'step_started' && e.step.startsWith('verify-'));
      return begun;
    });
    run.kill('SIGKILL');
    await end;
    expect(pointer('current')).not.toBe(verified);
    const next = await d.plumb('up');
    expect(next.code, next.stdout).toBe(3);
    expect(statuses(d.summary())).toMatchObject({ apply: 'pass', verify: 'fail', rollback: 'pass', reverify: 'pass' });
    expect([pointer('current'), pointer('verified')]).toEqual([verified, verified]);
  });
});

describe('Ctrl-C while converge heals', () => {
  it('must stop the healing, and begin nothing more that changes something', async () => {
    await d.engine.stop('alloy');
    // Alloy is started by apply; the first proof fails, since the store does not answer.
    const found = await d.engine.observe();
    const loki = found.ok ? found.value.find((service) => service.service === 'loki') : undefined;
    process.kill(Number(loki?.instance.split('@')[0]), 'SIGSTOP');
    const before = newestRun(d);
    const run = d.start('converge');
    const end = ended(run);
    await eventually(
      'the run to be at work',
      () => newestRun(d) !== before && seen().some((e) => e.type === 'step_started' && e.step === 'apply'),
      40_000,
    );
    run.kill('SIGINT');
    const { code } = await end;
    expect(code).toBe(130);
    const begun = seen().flatMap((e) => (e.type === 'step_started' ? [e.step] : []));
    expect(begun.filter((step) => /^(heal|verify-2|verify-3|apply-again)/.test(step))).toEqual([]);
  });
});

describe('a rollback', () => {
  it('must be told, and not be carried out, in a dry run', async () => {
    const dry = await d.plumb('rollback', '--dry-run');
    expect(dry.code, dry.stdout).toBe(0);
    expect(dry.stdout).toContain('nothing would change');
  });

  it('must need nothing but what was proved: neither what is deployed now nor an earlier bundle', async () => {
    const verified = pointer('verified');
    rmSync(join(d.deployRoot, 'current'));
    rmSync(join(d.root, 'out/runs'), { recursive: true });
    const back = await d.plumb('rollback');
    expect(back.code, back.stdout).toBe(3);
    expect(pointer('current')).toBe(verified);
  });

  it('must not need the artifact that was given, which may be gone by then', async () => {
    const verified = pointer('verified');
    const given = join(d.root, 'given');
    d.edit(`${stack}/secrets_policy.json`, leaking);
    expect((await d.plumb('step', 'generate')).code).toBe(0);
    cpSync(newestRun(d), given, { recursive: true });
    const before = newestRun(d);
    const run = d.start('apply', given);
    const end = ended(run);
    await eventually('the proof to begin', () => {
      return newestRun(d) !== before && seen().some((e) => e.type === 'step_started' && e.step.startsWith('verify-'));
    });
    rmSync(given, { recursive: true });
    const { code, stdout } = await end;
    expect(code, stdout).toBe(3);
    expect(pointer('current')).toBe(verified);
    expect(stdout).toContain(`./plumb apply ${JSON.stringify(given).replaceAll('"', "'")}`);
  });
});

describe('what a run says', () => {
  it('must hold no secret that was made by an earlier run, also where a template has it: that is not rendered', async () => {
    const folder = join(d.deployRoot, 'secrets');
    const file = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((name) => name.endsWith('password'));
    const password = readFileSync(join(folder, file as string), 'utf8').trim();
    d.edit(`${stack}/templates/loki/loki.yml.j2`, (text) => `${text}not_a_key_${password}: 1\n`);
    const { code, stdout, stderr } = await d.plumb('up');
    expect(code, stdout).toBe(2);
    expect(stdout).toContain('E_CONFIG_TEMPLATE');
    expect(stdout + stderr).not.toContain(password);
    const reports = spawnSync('grep', [
      '-rlF',
      password,
      newestRun(d),
      '--include=*.report.json',
      '--include=*.jsonl',
      '--include=summary.*',
    ]);
    expect(reports.stdout.toString()).toBe('');
  });
});
