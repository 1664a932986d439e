import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Deployment, makeDeployment } from './support/deployment.ts';
import { bash, type Step, writePipeline } from './support/pipelines.ts';

let d: Deployment;

beforeAll(async () => {
  d = await makeDeployment();
});

afterAll(async () => {
  await d[Symbol.asyncDispose]();
});

async function run(name: string, steps: readonly Step[]) {
  writePipeline(d, name, steps);
  return d.plumb('run', name);
}

describe('a command that is tried again', () => {
  const first = (does: string) => `[ -e "${d.root}/$0" ] && exit 0; touch "${d.root}/$0"; ${does}; exit 3`;
  const again = { retries: 1, backoff_s: 0.1 };
  const twice = (id: string, does: string, more: Step) => ({
    ...bash(id, '', { ...again, ...more }),
    run: ['bash', '-c', first(does), id],
  });

  it('must not be judged by the report that an attempt before wrote', async () => {
    const good = JSON.stringify({ checks: [{ id: 'old', verdict: 'pass', summary: 'the first word' }] });
    const ended = await run('report', [twice('teller', `echo '${good}' >"$PLUMBLINE_REPORT"`, {})]);
    expect(ended.code, ended.stdout).toBe(0);
    expect(d.report('teller').checks.map((check) => check.id)).toEqual(['teller.exit']);
    expect(d.report('teller').summary).not.toContain('the first word');
  });

  it('must not deliver what an attempt before wrote', async () => {
    const outputs = [{ name: 'count', file: 'count.txt' }];
    const ended = await run('output', [twice('writer', 'echo 1 >"$PLUMBLINE_OUTPUT_COUNT"', { outputs })]);
    expect(ended.code, ended.stdout).toBe(2);
    expect(ended.stdout).toContain('writer did not write its output count');
  });
});

describe('a command that leaves a daemon', () => {
  const daemon = (closing: string) => {
    const file = `"${d.root}/daemon"`;
    const starts = `echo $$ >"$0"; exec sleep 1000`;
    return `rm -f ${file}; setsid bash -c '${starts}' ${file} ${closing}</dev/null >/dev/null 2>&1 & until [ -s ${file} ]; do sleep 0.01; done`;
  };
  const changing = { effects: ['starts a daemon'] };
  const end = () => process.kill(Number(readFileSync(join(d.root, 'daemon'), 'utf8')), 'SIGKILL');

  it('must fail and name it where the daemon keeps the lock of the deploy root', async () => {
    const ended = await run('leaky', [bash('starts', daemon(''), changing)]);
    try {
      const pid = Number(readFileSync(join(d.root, 'daemon'), 'utf8'));
      expect(ended.code, ended.stdout).toBe(2);
      expect(ended.stdout).toContain(
        `E_RUNTIME_STEP_FAILED (runtime): starts left sleep (process ${pid}) running with the lock of the deploy root`,
      );
      expect((await run('next', [bash('changes', 'true', changing)])).code).toBe(75);
    } finally {
      end();
    }
  });

  it('must pass where the daemon does not have it, though others of the run do', async () => {
    const steps = [bash('other', 'sleep 1', changing), bash('starts', daemon('3>&- '), changing)];
    const ended = await run('tight', steps);
    try {
      expect(ended.code, ended.stdout).toBe(0);
      expect((await run('next', [bash('changes', 'true', changing)])).code).toBe(0);
    } finally {
      end();
    }
  });
});
