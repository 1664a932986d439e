import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Deployment, ended, makeDeployment } from './support/deployment.ts';
import { bash, newestRun, writePipeline } from './support/pipelines.ts';

let d: Deployment;

beforeAll(async () => {
  d = await makeDeployment();
  mkdirSync(join(d.root, 'bin'));
  writeFileSync(join(d.root, 'bin/ask.sh'), '#!/bin/bash\nset -e\nread -p "sure? " answer\nsudo reboot\n');
  writePipeline(d, 'asks', [{ id: 'ask', run: ['bash', 'bin/ask.sh'], effects: [] }]);
});

afterAll(async () => {
  await d[Symbol.asyncDispose]();
});

const meta = () => JSON.parse(readFileSync(join(newestRun(d), 'meta.json'), 'utf8'));
const interactive = () => d.report('preflight').checks.find(({ id }) => id === 'preflight.interactive');

describe('a script that would ask', () => {
  it('must keep everything from being deployed, with each prompt at its line', async () => {
    const up = await d.plumb('up');
    expect(up.code).toBe(2);
    expect(up.stdout + up.stderr).toMatch(
      /E_CONFIG_INTERACTIVE.*would wait for somebody: bin\/ask\.sh:3:1 read -p; bin\/ask\.sh:4:1 sudo without -n/,
    );
    expect(meta()).toMatchObject({ interactive: false });
    expect(d.summary().steps.find(({ id }) => id === 'apply')?.status).toBe('skipped');
  });

  it('must be a warning that names them with --interactive yes, and the run must say that it was given', async () => {
    const looked = await d.plumb('step', 'preflight', '--interactive', 'yes');
    expect(looked.code).toBe(1);
    expect(looked.stdout).toContain('allowed by --interactive yes, and nobody can answer: bin/ask.sh:3:1 read -p');
    expect(meta()).toMatchObject({ interactive: true });
    expect(interactive()).toMatchObject({
      verdict: 'warn',
      evidence: {
        interactive: true,
        prompts: [
          { what: 'read -p', line: 3 },
          { what: 'sudo without -n', line: 4 },
        ],
      },
    });
  });

  it.each([
    [['--interactive', 'no'], '--interactive no: expected yes'],
    [['--interactive', 'true'], '--interactive true: expected yes'],
    [['--interactive', 'YES'], '--interactive YES: expected yes'],
    [['--interactive='], '--interactive : expected yes'],
    [['--interactive'], '--interactive'],
  ])('must not pass by %j, which is no such value', async (args, says) => {
    const ended = await d.plumb('step', 'preflight', ...args);
    expect(ended.code).toBe(64);
    expect(ended.stderr).toContain('E_CONFIG_USAGE');
    expect(ended.stderr).toContain(says);
  });

  it('must not pass by a setting, a param or a variable', async () => {
    for (const [args, code] of [
      [['--set', 'interactive=yes'], 'E_CONFIG_UNKNOWN_KEY'],
      [['--param', 'interactive=yes'], 'E_CONFIG_UNKNOWN_KEY'],
    ] as const) {
      const ended = await d.plumb('step', 'preflight', ...args);
      expect(ended.stderr).toContain(code);
      expect(ended.code).toBe(2);
    }
    const program = join(import.meta.dirname, '../runner/dist/plumb.js');
    for (const name of ['', 'PLUMBLINE_'].map((start) => `${start}INTERACTIVE`)) {
      const env = { ...process.env, [name]: 'yes' };
      const child = spawn(process.execPath, [program, 'step', 'preflight', '--config', d.configFile], { env });
      const said = await ended(child);
      expect(said.code).toBe(2);
      expect(said.stdout + said.stderr).toMatch(/E_CONFIG_INTERACTIVE|E_CONFIG_UNKNOWN_KEY/);
    }
  });
});

it('a command must find its input at its end and no terminal, whatever is open for who started it', async () => {
  const script = 'if read line; then echo "read $line"; exit 9; fi; (: </dev/tty) 2>/dev/null && exit 8; echo nothing';
  writePipeline(d, 'reads', [bash('reads', script), { id: 'cat', run: ['cat'], effects: [] }]);
  const program = join(import.meta.dirname, '../runner/dist/plumb.js');
  for (const flags of [[], ['--interactive', 'yes']]) {
    // Its own input stays open, and has a line in it: a command that inherited it would read that, or wait for ever.
    const child = spawn(process.execPath, [program, 'run', 'reads', '--config', d.configFile, ...flags]);
    child.stdin.write('yes\n');
    const said = await ended(child);
    child.stdin.destroy();
    expect(said.stderr + said.stdout).toContain('green: reads');
    expect(said.code).toBe(0);
    expect(readFileSync(join(newestRun(d), 'reads.log'), 'utf8')).toBe('nothing\n');
  }
});
