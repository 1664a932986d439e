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
