import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Deployment, makeDeployment } from './support/deployment.ts';
import { bash, type Step, writePipeline } from './support/pipelines.ts';

let d: Deployment;

beforeAll(async () => {
  d = await makeDeployment();
  // What a refused run leaves is compared with what one run left.
  await d.plumb('down');
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

describe('a pipeline file', () => {
  const many = Array.from({ length: 10_000 }, (_, n) => `v${n}`);
  const files: readonly (readonly [string, readonly Step[], string, RegExp])[] = [
    [
      'with a cycle',
      [bash('a', 'x', { after: ['b'] }), bash('b', 'x', { inputs: { in: 'a.report' } })],
      'E_CONFIG_CYCLE',
      /a -> b -> a\n.*broken\.json:5:/,
    ],
    [
      'where a step waits for itself',
      [bash('a', 'x', { after: ['a'] })],
      'E_CONFIG_CYCLE',
      /a -> a\n.*broken\.json:5:/,
    ],
    [
      'with two producers',
      [generate, { id: 'again', uses: 'generate' }, { id: 'apply', uses: 'apply' }],
      'E_CONFIG_MANY_PRODUCERS',
      /generate\.artifact and again\.artifact produce it\n.*broken\.json:7:.*\n.*"inputs": {"artifact": "generate\.artifact"}/,
    ],
    [
      'without a producer',
      [{ id: 'apply', uses: 'apply' }],
      'E_CONFIG_NO_PRODUCER',
      /needs artifact, which no step .*\n.*broken\.json:5:/,
    ],
    [
      'with an input that nobody delivers',
      [generate, bash('a', 'x', { inputs: { b: 'genrate.artifact' } })],
      'E_CONFIG_NO_PRODUCER',
      /did you mean "generate\.artifact"\?\n.*broken\.json:6:/,
    ],
    [
      'after a step that there is not',
      [bash('first', 'x'), bash('a', 'x', { after: ['frist'] })],
      'E_CONFIG_NO_PRODUCER',
      /did you mean "first"\?\n.*broken\.json:6:/,
    ],
    [
      'with an unknown step',
      [{ id: 'a', uses: 'aply' }],
      'E_CONFIG_UNKNOWN_STEP',
      /did you mean "apply"\?.*\n.*broken\.json:5:/,
    ],
    [
      'with a step that is neither',
      [{ id: 'a' }],
      'E_CONFIG_MISSING_KEY',
      /"a" has neither "uses" nor "run"\n.*broken\.json:5:/,
    ],
    ['with a step that is both', [bash('a', 'x', { uses: 'apply' })], 'E_CONFIG_UNKNOWN_KEY', /"a" has both/],
    [
      'with an empty matrix',
      [bash('a', 'x', { matrix: {} })],
      'E_CONFIG_INVALID_VALUE',
      /the matrix of "a" is empty.*\n.*broken\.json:5:/,
    ],
    [
      'with a matrix of no values',
      [bash('a', 'x', { matrix: { b: [] } })],
      'E_CONFIG_INVALID_VALUE',
      /no value for "b".*\n.*broken\.json:5:/,
    ],
    [
      'with a matrix of 10,000 cells',
      [bash('a', 'x', { matrix: { b: many } })],
      'E_CONFIG_INVALID_VALUE',
      /has 10000 cells, more than 256.*\n.*broken\.json:5:/,
    ],
    [
      'with a matrix that is 10,000 cells together',
      [bash('a', 'x', { matrix: { b: many.slice(0, 100), c: many.slice(0, 100) } })],
      'E_CONFIG_INVALID_VALUE',
      /has 10000 cells/,
    ],
    [
      'with a file that the run itself writes',
      [bash('a', 'x', { outputs: [{ name: 'b', file: 'summary.json' }] })],
      'E_CONFIG_INVALID_VALUE',
      /which the run itself writes\n.*broken\.json:5:/,
    ],
    [
      'with a key that there is not',
      [bash('a', 'x', { timeout: 3 })],
      'E_CONFIG_UNKNOWN_KEY',
      /did you mean "timeout_s"\?\n.*broken\.json:5:/,
    ],
  ];

  it.each(files)('%s must be refused with its place, and nothing may run', async (_, steps, code, says) => {
    const before = readdirSync(join(d.root, 'out/runs')).length;
    writePipeline(d, 'broken', steps);
    for (const verb of ['run', 'plan']) {
      const ended = await d.plumb(verb, 'broken');
      expect(ended.stderr).toContain(code);
      expect(ended.stderr).toMatch(says);
      expect(ended.stderr.match(/^error /gm)).toHaveLength(1);
      expect(ended.code).toBe(code === 'E_CONFIG_UNKNOWN_STEP' ? 64 : 2);
    }
    expect(readdirSync(join(d.root, 'out/runs'))).toHaveLength(before);
  });

  const head =
    '{"schema_version": "1", "name": "broken", "description": "d",\n  "steps": [{"id": "a", "run": ["true"], "effects": []}]';
  const unread: readonly (readonly [string, string | Buffer, string, RegExp])[] = [
    ['not UTF-8', Buffer.from([0x7b, 0x0a, 0xff, 0xfe, 0x7d]), 'E_CONFIG_NOT_TEXT', /broken\.json:2:1/],
    ['UTF-16', Buffer.from(`\ufeff${head}}`, 'utf16le'), 'E_CONFIG_NOT_TEXT', /broken\.json:1:1/],
    ['text with a byte order mark', `\ufeff${head}}`, 'E_CONFIG_NOT_TEXT', /broken\.json:1:1/],
    ['text with a NUL', `${head},\n\0}`, 'E_CONFIG_NOT_TEXT', /broken\.json:3:1/],
    ['torn', '{"schema_version": "1",\n "st', 'E_CONFIG_PARSE', /broken\.json:2:2/],
    ['empty', '', 'E_CONFIG_PARSE', /the file is empty\n.*broken\.json:1:1/],
    [
      'one with a key twice',
      `${head},\n  "steps": []}`,
      'E_CONFIG_PARSE',
      /"steps" is given twice\n.*broken\.json:3:3/,
    ],
    ['ten thousand levels', '['.repeat(10_000), 'E_CONFIG_PARSE', /more than 100 levels deep\n.*broken\.json:1:101/],
    ['over 1 MiB', `${head}}${' '.repeat(1024 * 1024)}`, 'E_CONFIG_PARSE', /has 1048\d{3} bytes; .* \(1 MiB\) at most/],
  ];
  it.each(unread)(
    'that is %s must be refused with its place, and preflight must say the same',
    async (_, text, code, says) => {
      const file = join(d.root, 'config/pipelines/broken.json');
      writeFileSync(file, text);
      const ended = await d.plumb('run', 'broken');
      expect(ended.stderr).toContain(code);
      expect(ended.stderr).toMatch(says);
      expect(ended.code).toBe(2);
      const looked = await d.plumb('step', 'preflight', '--mode', 'diagnose');
      expect(looked.stdout).toContain(code);
      rmSync(file);
    },
  );

  it('may have comments and trailing commas, as an environment', async () => {
    writeFileSync(join(d.root, 'config/pipelines/broken.json'), `// mine\n${head}, /* all */}`);
    expect((await d.plumb('plan', 'broken')).code).toBe(0);
    rmSync(join(d.root, 'config/pipelines/broken.json'));
  });

  it('that is not there must end with 64, and with what may have been meant', async () => {
    for (const args of [
      ['run', 'verfy'],
      ['plan', 'verfy'],
      ['run', '../verify'],
    ]) {
      const ended = await d.plumb(...args);
      expect(ended.code).toBe(64);
      expect(ended.stderr).toContain('E_CONFIG_UNKNOWN_PIPELINE');
    }
    expect((await d.plumb('run', 'verfy')).stderr).toContain('did you mean "verify"?');
  });

  it('must be drawn in every format', async () => {
    writePipeline(d, 'mixed', [generate, smoke, judge, cleanup, last]);
    expect((await d.plumb('plan', 'mixed')).stdout).toMatch(
      /judge +python3 steps\/judge\.py +success +600 s +smoke \(count, smoke\)/,
    );
    expect((await d.plumb('plan', 'mixed', '--format', 'mermaid')).stdout).toMatch(
      /^flowchart LR\n.*\n.*\n {2}s0 -->\|artifact\| s1$/m,
    );
    expect((await d.plumb('plan', 'mixed', '--format', 'svg')).stdout).toMatch(
      /<svg [\s\S]*<title>generate&#45;&gt;smoke<\/title>[\s\S]*<\/svg>\s*$/,
    );
    const { steps } = JSON.parse((await d.plumb('plan', 'mixed', '--format', 'json')).stdout);
    expect(steps[3]).toMatchObject({ id: 'cleanup', waits_for: [{ step: 'judge', for: [] }] });
    expect((await d.plumb('plan', 'mixed', '--format', 'png')).code).toBe(64);
  });
});
