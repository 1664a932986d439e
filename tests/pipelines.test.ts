import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import verify from '../steps/verify/step.json' with { type: 'json' };
import { type Deployment, eventually, makeDeployment, processesNaming } from './support/deployment.ts';
import { bash, events, newestRun, type Step, statuses, writePipeline } from './support/pipelines.ts';

let d: Deployment;

beforeAll(async () => {
  d = await makeDeployment();
});

afterAll(async () => {
  await d[Symbol.asyncDispose]();
});

const generate: Step = { id: 'generate', uses: 'generate' };
const smoke: Step = {
  id: 'smoke',
  run: ['bash', 'steps/smoke.sh'],
  inputs: { artifact: 'generate.artifact' },
  outputs: [{ name: 'count', file: 'count.json' }],
};
const judge: Step = {
  id: 'judge',
  run: ['python3', 'steps/judge.py'],
  inputs: { count: 'smoke.count', smoke: 'smoke.report' },
  effects: [],
};
const cleanup: Step = { id: 'cleanup', uses: 'cleanup', after: ['judge'] };
const last = bash('last', 'echo the last word', { after: ['cleanup'], when: 'always' });

/** Runs a pipeline of these steps and gives its exit code, and what it said. */
async function run(name: string, steps: readonly Step[], more: Step = {}) {
  writePipeline(d, name, steps, more);
  return d.plumb('run', name);
}

describe('a pipeline of a user, with a bash step and a Python step between ours', () => {
  it('must run in the order of its inputs, and hand over what each one delivers', async () => {
    const ended = await run('mixed', [last, cleanup, judge, smoke, generate]);
    expect(ended.code, ended.stdout).toBe(0);
    expect(statuses(d.summary())).toEqual({
      generate: 'pass',
      smoke: 'pass',
      judge: 'pass',
      cleanup: 'pass',
      last: 'pass',
    });
    const report = d.report('smoke');
    expect(report).toMatchObject({ uses: 'run', inputs: { artifact: { origin: 'step generate' } } });
    expect(report.outputs.count?.file).toBe('count.json');
    expect(JSON.parse(readFileSync(join(newestRun(d), 'count.json'), 'utf8'))).toMatchObject({ mode: 'apply' });
    expect(readFileSync(join(newestRun(d), 'smoke.log'), 'utf8')).toMatch(/^counted \d+ images in artifact\.json\n$/);
    // What the Python step left out of its report, the runner has filled in.
    expect(d.report('judge')).toMatchObject({ status: 'pass', summary: expect.stringMatching(/^judged \d+ images$/) });
    expect(d.report('judge').checks[0]).toMatchObject({ id: 'judge.count', required: true, evidence: {} });
    expect(existsSync(join(newestRun(d), 'work'))).toBe(false);
  });

  it('must fail where one of them fails, skip what needs it, and still run what always runs', async () => {
    const ended = await run('strict', [generate, smoke, { ...judge, with: { least: 1000 } }, cleanup, last]);
    expect(ended.code).toBe(2);
    expect(ended.stdout.match(/E_RUNTIME_STEP_FAILED \(runtime\): only \d+ images/g)).toHaveLength(1);
    expect(statuses(d.summary())).toEqual({
      generate: 'pass',
      smoke: 'pass',
      judge: 'fail',
      cleanup: 'skipped',
      last: 'pass',
    });
    expect(ended.stdout).toContain('judge did not succeed');
    expect(ended.stdout).toContain('./plumb run strict --config');
  });

  it('must give them no more of the environment than the contract says and the file lists', async () => {
    const script = 'env -0 | cut -z -d= -f1 | sort -z | tr "\\0" " "; exec >&2; cat';
    const ended = await run('bare', [bash('env', script, { env: ['PLUMBLINE_TEST_ONE'], with: { a: 1 } })]);
    expect(ended.code).toBe(0);
    const names = readFileSync(join(newestRun(d), 'env.log'), 'utf8')
      .trim()
      .split(' ');
    const known = ['HOME', 'LANG', 'PATH', 'TZ', 'PWD', 'SHLVL', '_', 'OLDPWD'];
    expect(names.filter((name) => !known.includes(name))).toEqual(
      ['MODE', 'PARAM_A', 'REPORT', 'RUN_DIR', 'RUN_ID', 'STEP'].map((name) => `PLUMBLINE_${name}`),
    );
  });

  it('must pass a variable that the file lists, and keep a secret one out of all that is written', async () => {
    process.env.PLUMBLINE_TEST_ONE = 'plainly one';
    process.env.PLUMBLINE_TEST_TOKEN = 'planted-token-9876';
    const env = ['PLUMBLINE_TEST_ONE', 'PLUMBLINE_TEST_TOKEN'];
    const script = 'echo "$PLUMBLINE_TEST_ONE, $PLUMBLINE_TEST_TOKEN"; echo "$PLUMBLINE_TEST_TOKEN" >&2; exit 2';
    const { stdout, stderr } = await run('secret', [bash('env', script, { env })]);
    delete process.env.PLUMBLINE_TEST_ONE;
    delete process.env.PLUMBLINE_TEST_TOKEN;
    const log = readFileSync(join(newestRun(d), 'env.log'), 'utf8');
    expect(log).toContain('plainly one, ***REDACTED***\n');
    const files = readdirSync(newestRun(d)).map((name) => readFileSync(join(newestRun(d), name), 'utf8'));
    expect([stdout, stderr, ...files].filter((text) => text.includes('planted-token'))).toEqual([]);
  });

  it('must not run a command in a mode that it does not list, nor in a dry run', async () => {
    writePipeline(d, 'careful', [
      bash('touch', `touch "${d.root}/touched"`, { modes: ['repair'] }),
      bash('other', 'true'),
    ]);
    expect((await d.plumb('run', 'careful')).stdout).toContain('touch does not run in apply, only in repair');
    writePipeline(d, 'careful', [bash('touch', `touch "${d.root}/touched"`)]);
    expect((await d.plumb('run', 'careful', '--dry-run')).stdout).toContain('would run bash');
    expect(existsSync(join(d.root, 'touched'))).toBe(false);
    expect((await d.plumb('run', 'careful')).code).toBe(0);
    expect(existsSync(join(d.root, 'touched'))).toBe(true);
  });
});

describe('a matrix', () => {
  const cells = (script: string, more: Step = {}) => [
    bash('cell', script, { matrix: { level: ['L1', 'L2', 'L3'] }, ...more }),
  ];

  it('must run a step once for each value, and merge what the cells found', async () => {
    expect((await run('matrix', cells('echo "$PLUMBLINE_PARAM_LEVEL"'))).code).toBe(0);
    expect(statuses(d.summary())).toEqual({ 'cell-L1': 'pass', 'cell-L2': 'pass', 'cell-L3': 'pass', cell: 'pass' });
    expect(readFileSync(join(newestRun(d), 'cell-L2.log'), 'utf8')).toBe('L2\n');
    expect(d.report('cell').checks.map((check) => check.id)).toEqual(['cell-L1.exit', 'cell-L2.exit', 'cell-L3.exit']);
    expect(d.report('cell')).toMatchObject({ status: 'pass', cells: ['cell-L1', 'cell-L2', 'cell-L3'] });
    expect(d.summary().checks.pass).toBe(3);
  });

  it('must fail where one cell fails, and still hear the others', async () => {
    const after = bash('after', 'true', { after: ['cell'] });
    expect((await run('matrix', [...cells('[ "$PLUMBLINE_PARAM_LEVEL" != L1 ]; exit $((2 * $?))'), after])).code).toBe(
      2,
    );
    expect(statuses(d.summary())).toEqual({
      'cell-L1': 'fail',
      'cell-L2': 'pass',
      'cell-L3': 'pass',
      cell: 'fail',
      after: 'skipped',
    });
  });

  it('must not let two cells deliver the same output', async () => {
    const outputs = [{ name: 'x', file: 'x.json' }];
    const ended = await run('matrix', cells('echo 1 >"$PLUMBLINE_OUTPUT_X"', { outputs }));
    expect(ended.code).toBe(2);
    expect(ended.stdout).toContain('cell-L1 and cell-L2 both deliver the output x of cell');
  });

  it('must give a list to a param that takes one', async () => {
    writePipeline(d, 'levels', [{ id: 'verify', uses: 'verify', matrix: { levels: ['L1', 'L3'] } }], {
      inputs: verify.inputs.map((input) => input.name),
    });
    const plan = JSON.parse((await d.plumb('plan', 'levels', '--json')).stdout);
    expect(plan.steps.map((step: { id: string; params: object }) => [step.id, step.params])).toMatchObject([
      ['verify-L1', { levels: ['L1'] }],
      ['verify-L3', { levels: ['L3'] }],
      ['verify', {}],
    ]);
  });
});

describe('a step that misbehaves', () => {
  const input = { inputs: { artifact: 'generate.artifact' } };
  const cases: readonly (readonly [string, Step, string, RegExp])[] = [
    ['hangs', bash('bad', 'sleep 1000', { timeout_s: 1 }), 'E_RUNTIME_TIMEOUT', /bad did not end within 1 s$/],
    [
      'ignores SIGTERM',
      { id: 'bad', run: ['bash', 'steps/stubborn.sh'], with: { pids: '/dev/null' }, timeout_s: 1 },
      'E_RUNTIME_TIMEOUT',
      /bad did not end within 1 s$/,
    ],
    ['exits by a signal', bash('bad', 'kill -SEGV $$'), 'E_RUNTIME_STEP_FAILED', /bad was ended by SIGSEGV/],
    [
      'fails',
      bash('bad', 'echo because of this >&2; exit 3'),
      'E_RUNTIME_STEP_FAILED',
      /bad ended with exit code 3: because of this/,
    ],
    [
      'prints a gigabyte',
      bash('bad', 'head -c 1G /dev/zero; echo; echo enough; exit 3'),
      'E_RUNTIME_STEP_FAILED',
      /exit code 3: enough/,
    ],
    [
      'writes a broken report',
      bash('bad', 'echo "{" >"$PLUMBLINE_REPORT"'),
      'E_PROOF_REPORT_INVALID',
      /report that bad wrote is not whole JSON/,
    ],
    [
      'writes the report of another run',
      bash('bad', `echo '{"run_id": "x", "checks": []}' >"$PLUMBLINE_REPORT"`),
      'E_PROOF_REPORT_INVALID',
      /says run_id "x"/,
    ],
    [
      'writes a report that contradicts itself',
      bash(
        'bad',
        `echo '{"status": "pass", "checks": [{"id": "a", "verdict": "fail", "summary": "no"}]}' >"$PLUMBLINE_REPORT"`,
      ),
      'E_PROOF_REPORT_INVALID',
      /says pass, and its checks say fail/,
    ],
    [
      'writes a report with a strange key',
      bash('bad', `echo '{"checks": [], "vedrict": 1}' >"$PLUMBLINE_REPORT"`),
      'E_PROOF_REPORT_INVALID',
      /unknown key "vedrict"/,
    ],
    [
      'makes a pipe of its report',
      bash('bad', 'mkfifo "$PLUMBLINE_REPORT"'),
      'E_PROOF_REPORT_INVALID',
      /is no regular file/,
    ],
    [
      'makes a folder of its report',
      bash('bad', 'mkdir "$PLUMBLINE_REPORT"'),
      'E_PROOF_REPORT_INVALID',
      /is no regular file/,
    ],
    [
      'deletes its input',
      bash('bad', 'rm "$PLUMBLINE_INPUT_ARTIFACT"', input),
      'E_RUNTIME_STEP_FAILED',
      /bad removed its input artifact/,
    ],
    [
      'changes its input',
      bash('bad', 'echo >>"$PLUMBLINE_INPUT_ARTIFACT"', input),
      'E_RUNTIME_STEP_FAILED',
      /bad changed its input artifact/,
    ],
    [
      'does not deliver',
      bash('bad', 'true', { outputs: [{ name: 'x', file: 'x.txt' }] }),
      'E_RUNTIME_STEP_FAILED',
      /bad did not write its output x/,
    ],
    [
      'delivers what does not fit',
      bash('bad', 'echo {} >"$PLUMBLINE_OUTPUT_X"', { outputs: [{ name: 'x', file: 'x.json', schema: 'artifact' }] }),
      'E_PROOF_REPORT_INVALID',
      /the output x of bad is no artifact: /,
    ],
    [
      'is not on the PATH',
      { id: 'bad', run: ['no-such-program'] },
      'E_DEPS_TOOL_MISSING',
      /bad runs no-such-program, which is not on the PATH/,
    ],
    [
      'does not exist',
      { id: 'bad', run: ['steps/none.sh'] },
      'E_CONFIG_NOT_FOUND',
      /bad runs steps\/none\.sh, which does not exist/,
    ],
    ['may not be executed', { id: 'bad', run: ['steps/judge.py'] }, 'E_RUNTIME_STEP_FAILED', /may not be executed/],
  ];

  it.each(cases)(
    'and %s must end within its limits with one error, the evidence of the others intact',
    async (_, bad, code, message) => {
      const others = [generate, bash('before', 'echo before'), bash('beside', 'echo beside', { after: ['before'] })];
      const ended = await run('hostile', [...others, bad], { on_failure: 'continue' });
      expect(ended.code).toBe(2);
      const { errors } = d.summary();
      // A step that only looks, and was stopped before it had, could not look.
      const status = bad.effects !== undefined && code === 'E_RUNTIME_TIMEOUT' ? 'unknown' : 'fail';
      expect(errors.map((error) => error.code)).toEqual([code]);
      expect(errors[0]?.message).toMatch(message);
      expect(ended.stderr).not.toMatch(/node:internal|\n\s+at .*:\d+:\d+\)/);
      expect(statuses(d.summary())).toEqual({ generate: 'pass', before: 'pass', beside: 'pass', bad: status });
      for (const step of ['generate', 'before', 'beside']) expect(d.report(step).status).toBe('pass');
      expect(d.report('bad').status).toBe(status);
      expect(() => JSON.parse(readFileSync(join(newestRun(d), 'artifact.json'), 'utf8'))).not.toThrow();
      expect(processesNaming(newestRun(d))).toEqual([]);
    },
  );

  it('by printing a gigabyte must leave a log of its start and its end, and the number of bytes between', async () => {
    await run('loud', [bash('bad', 'echo first; head -c 100M /dev/zero; echo; echo last')]);
    const file = join(newestRun(d), 'bad.log');
    expect(statSync(file).size).toBeLessThan(2.1 * 2 ** 20);
    const log = readFileSync(file, 'utf8');
    expect(log.startsWith('first\n')).toBe(true);
    expect(log.endsWith('\nlast\n')).toBe(true);
    const cut = Number(/\[plumbline: (\d+) bytes are cut here\]/.exec(log)?.[1]);
    expect(cut).toBeGreaterThan(97 * 2 ** 20);
    expect(d.report('bad').checks[0]?.evidence).toMatchObject({
      log: 'bad.log',
      log_bytes_cut: cut,
      last_lines: ['last'],
    });
  });

  it('by leaving a child that holds its output must not be waited for, nor leave the child', async () => {
    const ended = await run('forking', [bash('bad', 'sleep 1000 & echo said')]);
    expect(ended.code).toBe(0);
    expect(d.report('bad').checks[0]?.evidence).toMatchObject({ left_behind: expect.any(String) });
    await eventually('the child to end', () => processesNaming(newestRun(d)).length === 0);
  });

  it('at first must be tried again, after a pause that doubles', async () => {
    const script = `n=$(cat "${d.root}/tries" 2>/dev/null || echo 0); echo $((n + 1)) >"${d.root}/tries"; [ $n -ge 2 ] || exit 2`;
    const ended = await run('again', [bash('flaky', script, { retries: 2, backoff_s: 0.1 })]);
    expect(ended.code, ended.stdout).toBe(0);
    expect(ended.stdout).toContain('(attempt 3 of 3)');
    writeFileSync(join(d.root, 'tries'), '0');
    expect((await run('again', [bash('flaky', script, { retries: 1, backoff_s: 0.1 })])).code).toBe(2);
  });
});

describe('what a failure means for the others', () => {
  /** In a run that is to kill it, the slow one does not end by itself. */
  const steps = (policy: string) => [
    bash('bad', 'until [ -e "$PLUMBLINE_RUN_DIR/slow" ]; do :; done; exit 2'),
    bash(
      'slow',
      `touch "$PLUMBLINE_RUN_DIR/slow"; until grep -q bad.exit "$PLUMBLINE_RUN_DIR/events.jsonl"; do :; done; sleep ${policy === 'kill' ? 1000 : 0.3}`,
    ),
    bash('other', 'true', { after: ['slow'] }),
    bash('always', 'true', { after: ['other'], when: 'always' }),
  ];

  it.each([
    ['no-new', { slow: 'pass', other: 'skipped' }],
    ['continue', { slow: 'pass', other: 'pass' }],
    ['kill', { slow: 'cancelled', other: 'skipped' }],
  ])('must be as its policy says: %s', async (policy, expected) => {
    const ended = await run('policy', steps(policy), { on_failure: policy });
    expect(ended.code).toBe(2);
    expect(statuses(d.summary())).toEqual({ bad: 'fail', always: 'pass', ...expected });
  });
});

describe('a run that is watched', () => {
  it('by a program must be one event a line and the summary last, on stdout', async () => {
    writePipeline(d, 'watched', [bash('a', 'true'), bash('b', 'exit 1', { after: ['a'] })]);
    const ended = await d.plumb('run', 'watched', '--reporter', 'json');
    expect(ended.code).toBe(1);
    const lines = ended.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.at(-1)).toEqual(d.summary());
    const told = lines.slice(0, -1).map(({ type, step }) => [type, step]);
    expect(told).toEqual(events(d).map(({ type, step }) => [type, step]));
    expect(ended.stderr).toBe('');
  });

  it('by nobody must say nothing but its end', async () => {
    for (const flags of [['--quiet'], ['--reporter', 'quiet']])
      expect((await d.plumb('run', 'watched', ...flags)).stderr).toBe('');
    expect((await d.plumb('run', 'watched', '--reporter', 'live')).stderr).not.toContain('\u001b');
    expect((await d.plumb('run', 'watched', '--reporter', 'loud')).code).toBe(64);
    expect((await d.plumb('run', 'watched', '--concurrency', '0')).code).toBe(64);
  });
});
