import { spawn } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contractPath, type RunningService } from '@plumbline/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isAlive } from '../ministack/src/supervisor/testing-supervisor.ts';
import { lockHolders } from '../runner/src/adapters/descriptor-holders.ts';
import { isFree } from '../runner/src/adapters/lock.ts';
import { type Deployment, ended, eventually, makeDeployment, processesNaming } from './support/deployment.ts';

const SERVICES = 6;
const LINE = 'a line of before';

let d: Deployment;

beforeAll(async () => {
  d = await makeDeployment();
  writeFileSync(join(d.logs, 'app.log'), `${LINE}\n`);
  expect((await d.plumb('up')).code).toBe(0);
});

beforeEach(async () => {
  expect(await stored()).toEqual([LINE]);
});

afterAll(async () => {
  await d[Symbol.asyncDispose]();
});

async function observed(): Promise<readonly RunningService[]> {
  const seen = await d.engine.observe();
  if (!seen.ok) throw new Error(seen.failure.message);
  return seen.value;
}

const pidOf = (service: RunningService | undefined) => Number(service?.instance.split('@')[0]);
const pidsOf = (services: readonly RunningService[]) => services.map(pidOf);
const named = (services: readonly RunningService[], name: string) => services.find((one) => one.service === name);

function supervisor(): { readonly pid: number; readonly build: string } {
  return JSON.parse(readFileSync(contractPath('deploy', 'supervisor', d.deployRoot), 'utf8'));
}

/** What the store has of the source `app`. */
async function stored(): Promise<readonly string[]> {
  const params = new URLSearchParams({ query: '{job="app"}', direction: 'forward', limit: '100' });
  const answer = await fetch(`http://127.0.0.1:${d.ports.loki}/loki/api/v1/query_range?${params}`);
  const { data } = (await answer.json()) as { data: { result: { values: [string, string][] }[] } };
  return data.result.flatMap((stream) => stream.values).map(([, line]) => line);
}

/** All that an `up` must leave, whatever was before it: every service once, under one supervisor, with its data. */
async function expectWhole(): Promise<void> {
  const services = await observed();
  expect(services.map(({ state, nextStartAt }) => [state, nextStartAt])).toEqual(
    Array.from({ length: SERVICES }, () => ['running', undefined]),
  );
  const all = [...pidsOf(services), supervisor().pid].sort();
  const lock = contractPath('deploy', 'supervisor_lock', d.deployRoot);
  expect(
    lockHolders(lock)
      .map(({ pid }) => pid)
      .sort(),
  ).toEqual(all);
  expect(processesNaming(d.deployRoot).filter((pid) => !all.includes(pid))).toEqual([]);
  expect(await stored()).toEqual([LINE]);
}

describe('a supervisor of this build', () => {
  it('must be adopted by a later run, with every service as it is', async () => {
    const before = { services: await observed(), supervisor: supervisor() };
    const up = await d.plumb('up');
    expect(up.code, up.stdout).toBe(0);
    expect(up.stdout).toContain('nothing changed');
    expect({ services: await observed(), supervisor: supervisor() }).toEqual(before);
    await expectWhole();
  });
});

describe('a run that is killed while the supervisor replaces a service', () => {
  it('must leave the lock free, and no half of a change to whoever looks next', async () => {
    const before = await observed();
    const old = pidOf(named(before, 'loki'));
    // It ends by its own grace only, so that the run dies in the middle.
    process.kill(old, 'SIGSTOP');
    d.edit('config/stacks/observability/templates/loki/loki.yml.j2', (text) =>
      text.replace('duration: 1s', 'duration: 2s'),
    );
    const up = d.start('up');
    const end = ended(up);
    await eventually('the supervisor to end the old one', () => isToldToEnd(old));
    up.kill('SIGKILL');
    await end;
    expect(isFree(contractPath('deploy', 'lock', d.deployRoot))).toBe(true);
    expect(isAlive(old)).toBe(true);
    const after = await observed();
    expect(isAlive(old)).toBe(false);
    expect(named(after, 'loki')).toMatchObject({ state: 'running', restarts: 0 });
    expect(named(after, 'loki')?.serviceHash).not.toBe(named(before, 'loki')?.serviceHash);
    expect(after.filter((one) => one.service !== 'loki')).toEqual(before.filter((one) => one.service !== 'loki'));
    const next = await d.plumb('up');
    expect(next.code, next.stdout).toBe(0);
    await expectWhole();
  });
});

describe('a kill -9', () => {
  it('of the supervisor must end its services too, and the next up must start all of them anew', async () => {
    const before = { services: await observed(), supervisor: supervisor() };
    process.kill(before.supervisor.pid, 'SIGKILL');
    const up = await d.plumb('up');
    expect(up.code, up.stdout).toBe(0);
    expect([before.supervisor.pid, ...pidsOf(before.services)].filter(isAlive)).toEqual([]);
    await expectWhole();
  });

  it('of a service must be mended by the supervisor, and the next up must be green and say so', async () => {
    const before = await observed();
    const killed = pidOf(named(before, 'loki'));
    process.kill(killed, 'SIGKILL');
    await eventually('the service to be started again', async () => {
      const loki = named(await observed(), 'loki');
      return loki?.state === 'running' && loki.restarts === 1 && loki.lastExit === 'SIGKILL';
    });
    const up = await d.plumb('up');
    expect(up.code, up.stdout).toBe(0);
    const cause = 'it was started again since it was deployed';
    expect(d.report('apply').operations).toContainEqual({ op: 'replace', target: 'loki', cause, outcome: 'done' });
    expect(isAlive(killed)).toBe(false);
    const after = await observed();
    expect(after.filter((one) => one.service !== 'loki')).toEqual(before.filter((one) => one.service !== 'loki'));
    await expectWhole();
  });
});

describe('a service that ends again and again', () => {
  it('must be told by L1 with how it ended and when it is started next, and must be mended by the next up', async () => {
    const program = pidOf(named(await observed(), 'loki'));
    // What it needs to start is taken away, and then it is.
    const artifact = JSON.parse(readFileSync(join(d.deployRoot, 'current/artifact.json'), 'utf8'));
    const config = join(d.deployRoot, artifact.services.loki.store, 'loki.yml');
    rmSync(config);
    process.kill(program, 'SIGKILL');
    await eventually('a long back-off', async () => {
      const { nextStartAt = '' } = named(await observed(), 'loki') ?? {};
      return Date.parse(nextStartAt) - Date.now() > 8_000;
    });
    const verify = await d.plumb('verify');
    expect(verify.code).toBe(2);
    const check = d.report('verify').checks.find(({ id, verdict }) => id.startsWith('L1.loki') && verdict === 'fail');
    expect(check?.summary).toMatch(/it is in back-off after \d+ ends, last: 1, next start at 20\d\d-\S+Z$/);
    expect(check?.evidence.engine).toMatchObject({
      state: 'exited',
      last_exit: '1',
      next_start_at: expect.any(String),
    });
    const others = d.report('verify').checks.filter(({ id }) => id.startsWith('L1.') && !id.startsWith('L1.loki'));
    expect(others.filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
    const up = await d.plumb('up');
    // Preflight warns of the file that is gone; apply writes it again, and starts the service with it.
    expect(up.code, up.stdout).toBe(1);
    await expectWhole();
  });
});

describe('a supervisor of an older build', () => {
  it('must be replaced with every service by the next up, which names the cause, and the data must stay', async () => {
    expect((await d.plumb('down')).code).toBe(0);
    const older = olderBuild();
    try {
      const first = await older.up();
      expect(first.code, first.stdout).toBe(0);
      const before = { services: await observed(), supervisor: supervisor() };
      expect(processesNaming(older.folder)).toHaveLength(SERVICES + 1);
      const up = await d.plumb('up');
      expect(up.code, up.stdout).toBe(0);
      const { operations } = d.report('apply');
      const replaced = operations.filter(({ op }) => op === 'replace');
      expect(replaced).toHaveLength(SERVICES);
      expect(new Set(replaced.map(({ cause }) => cause))).toEqual(new Set(["the stand-in's program changed"]));
      expect(supervisor().build).not.toBe(before.supervisor.build);
      expect([before.supervisor.pid, ...pidsOf(before.services)].filter(isAlive)).toEqual([]);
      expect(processesNaming(older.folder)).toEqual([]);
      await expectWhole();
    } finally {
      rmSync(older.folder, { recursive: true, force: true });
    }
  });
});

/** An installation whose supervisor has other bytes. */
function olderBuild() {
  const repository = join(import.meta.dirname, '..');
  const folder = mkdtempSync(join(tmpdir(), 'plumb older ü '));
  for (const part of ['package.json', 'pnpm-workspace.yaml', 'runner/dist', 'ministack/dist', 'runner/package.json'])
    cpSync(join(repository, part), join(folder, part), { recursive: true });
  appendFileSync(join(folder, 'ministack/dist/supervisor.js'), '// of before\n');
  const program = join(folder, 'runner/dist/plumb.js');
  const args = [program, 'up', '--config', d.configFile];
  const up = () => ended(spawn(process.execPath, args, { cwd: d.root, stdio: ['ignore', 'pipe', 'pipe'] }));
  return { folder, up };
}

/** Whether SIGTERM waits for a process that is stopped. */
function isToldToEnd(pid: number): boolean {
  const pending = /^ShdPnd:\s+([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
  return (BigInt(`0x${pending}`) & (1n << 14n)) !== 0n;
}
