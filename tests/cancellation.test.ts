import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Deployment, ended, eventually, makeDeployment, processesNaming } from './support/deployment.ts';
import { bash, newestRun, type Step, statuses, writePipeline } from './support/pipelines.ts';

let d: Deployment;

beforeAll(async () => {
  d = await makeDeployment();
});

afterAll(async () => {
  await d[Symbol.asyncDispose]();
});

/** Numbers of the processes that a step wrote down: itself and its child. */
function pids(name: string): readonly number[] {
  const path = join(d.root, name);
  return existsSync(path) ? readFileSync(path, 'utf8').trim().split(' ').map(Number) : [];
}

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

const script = (id: string, file: string, name: string, more: Step = {}): Step => ({
  id,
  run: ['bash', `steps/${file}`],
  with: { pids: join(d.root, name) },
  effects: [],
  ...more,
});

/** Starts a pipeline and waits until its step has written down who it is. */
async function startAt(name: string, steps: readonly Step[], pidFile: string) {
  writePipeline(d, name, steps);
  const child = d.start('run', name);
  const end = ended(child);
  await eventually('the step to be at work', () => pids(pidFile).length === 2);
  return { child, end };
}

const following = (id: string, before: string, more: Step = {}) =>
  bash(id, `echo ${id} ran`, { after: [before], ...more });

describe('the first signal', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 143],
  ] as const)(
    'that is %s must reach what runs, let what cleans up run, and leave a whole bundle',
    async (signal, code) => {
      const name = `polite-${signal}`;
      const steps = [
        bash('before', 'echo before'),
        script('long', 'polite.sh', name, { after: ['before'] }),
        following('next', 'long'),
        following('undo', 'long', { when: 'failure', cleans_up: true }),
        following('mend', 'long', { when: 'failure' }),
        following('always', 'next', { when: 'always' }),
      ];
      const { child, end } = await startAt('polite', steps, name);
      child.kill(signal);
      const { code: exit, stdout, stderr } = await end;
      expect(exit, stdout).toBe(code);
      expect(stderr).toContain('stopping: ');
      expect(d.summary()).toMatchObject({ status: 'interrupted', exit_code: code });
      expect(statuses(d.summary())).toEqual({
        before: 'pass',
        long: 'cancelled',
        next: 'skipped',
        undo: 'pass',
        mend: 'skipped',
        always: 'pass',
      });
      expect(d.summary().errors.map((error) => error.code)).toEqual(['E_ENV_INTERRUPTED']);
      expect(readFileSync(join(newestRun(d), 'long.log'), 'utf8')).toBe('ended in good order\n');
      expect(d.report('always').status).toBe('pass');
      expect(readFileSync(join(newestRun(d), 'events.jsonl'), 'utf8')).toMatch(/"type":"run_ended".*\n$/);
      expect(readFileSync(join(d.root, 'out/runs.jsonl'), 'utf8')).toMatch(/"status":"interrupted".*\n$/);
      expect(pids(name).filter(isAlive)).toEqual([]);
      expect(processesNaming(newestRun(d))).toEqual([]);
    },
  );

  it('must end within the grace even what does not listen', async () => {
    const { child, end } = await startAt(
      'deaf',
      [script('deaf', 'stubborn.sh', 'deaf'), following('always', 'deaf', { when: 'always' })],
      'deaf',
    );
    child.kill('SIGINT');
    expect((await end).code).toBe(130);
    expect(statuses(d.summary())).toEqual({ deaf: 'cancelled', always: 'pass' });
    expect(pids('deaf').filter(isAlive)).toEqual([]);
  });

  it('must not stop a step that always runs and has begun', async () => {
    const go = join(d.root, 'go');
    const wait = `echo "$$ $$" >"${d.root}/kept"; until [ -e "${go}" ]; do sleep 0.05; done; echo done`;
    const { child, end } = await startAt(
      'kept',
      [bash('kept', wait, { when: 'always' }), following('next', 'kept')],
      'kept',
    );
    child.kill('SIGINT');
    await said(child, 'stopping: ');
    expect(pids('kept').filter(isAlive)).toHaveLength(2);
    writeFileSync(go, '');
    expect((await end).code).toBe(130);
    expect(statuses(d.summary())).toEqual({ kept: 'pass', next: 'skipped' });
  });

  it('must end the pause before another attempt', async () => {
    const fails = bash('fails', `echo "$$ $$" >"${d.root}/fails"; exit 2`, { retries: 3, backoff_s: 60 });
    const { child, end } = await startAt('pausing', [fails], 'fails');
    await eventually('the pause', () => events().includes('attempt 2 of 4'));
    child.kill('SIGINT');
    expect((await end).code).toBe(130);
  });
});

describe('the second signal', () => {
  it('must end the run at once, and everything that it started', async () => {
    const { child, end } = await startAt('forced', [script('deaf', 'stubborn.sh', 'forced')], 'forced');
    child.kill('SIGINT');
    await said(child, 'stopping: ');
    child.kill('SIGINT');
    expect((await end).code).toBe(130);
    await eventually('its children to be gone', () => pids('forced').every((pid) => !isAlive(pid)));
    expect(existsSync(join(newestRun(d), 'summary.json'))).toBe(false);
    expect((await d.plumb('run', 'down')).code).toBe(0);
    expect(readFileSync(join(d.root, 'out/runs.jsonl'), 'utf8')).toMatch(
      /"status":"crashed".*\n.*"status":"green".*\n$/,
    );
  });
});

describe('a kill', () => {
  it('must leave the deployment locked for as long as a command that may change it is at work', async () => {
    const { child, end } = await startAt(
      'killed',
      [script('polite', 'polite.sh', 'killed', { effects: ['all of it'] })],
      'killed',
    );
    child.kill('SIGKILL');
    await end;
    const [leader = 0] = pids('killed');
    expect(isAlive(leader)).toBe(true);
    const busy = await d.plumb('down');
    expect(busy.code).toBe(75);
    expect(busy.stderr).toMatch(/E_ENV_LOCKED \(env\): another run holds .*\(killed, /);
    process.kill(-leader, 'SIGKILL');
    await eventually('the command to be gone', () => !isAlive(leader));
    expect((await d.plumb('down')).code).toBe(0);
  });
});

function events(): string {
  return readFileSync(join(newestRun(d), 'events.jsonl'), 'utf8');
}

/** Resolves when a process has said something on its stderr. */
function said(child: ChildProcess, text: string): Promise<void> {
  return new Promise((resolve) => {
    let all = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      all += chunk;
      if (all.includes(text)) resolve();
    });
  });
}
