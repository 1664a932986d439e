import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { autoheal as autohealValidator } from '@plumbline/contracts/validators';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Deployment, makeDeployment } from './support/deployment.ts';
import { changes, footprint } from './support/footprint.ts';

let d: Deployment;

beforeAll(async () => {
  d = await makeDeployment();
  writeFileSync(join(d.logs, 'app.log'), 'a line\n');
});

afterAll(async () => {
  await d[Symbol.asyncDispose]();
});

const template = 'config/stacks/observability/templates/compose.yml.j2';

/** A pipeline of the project, for the tests that need another order of things. */
function pipeline(name: string, steps: readonly object[]): void {
  writeFileSync(
    join(d.root, `config/pipelines/${name}.json`),
    JSON.stringify({ schema_version: '1', name, description: 'of a test', inputs: ['provenance', 'artifact'], steps }),
  );
}

function suggestions(): unknown {
  const newest = readdirSync(join(d.root, 'out/runs')).sort().at(-1) as string;
  return JSON.parse(readFileSync(join(d.root, 'out/runs', newest, 'autoheal.suggestions.json'), 'utf8'));
}

describe('diagnose where nothing is deployed', () => {
  it('must plan what up would do, and leave no trace but its evidence', async () => {
    const before = await footprint(d);
    const ended = await d.plumb('diagnose');
    expect(changes(before, await footprint(d)), ended.stderr).toEqual([]);
    expect(existsSync(d.deployRoot)).toBe(false);
    const { operations, mode } = d.report('apply');
    expect(mode).toBe('diagnose');
    expect(operations.map((op) => op.op)).toEqual(
      expect.arrayContaining(['write_generation', 'start', 'flip_current']),
    );
    expect([...new Set(operations.map((op) => op.outcome))]).toEqual(['planned']);
    expect(d.report('preflight').checks.filter((check) => check.error !== undefined)).toEqual([]);
    expect(autohealValidator(suggestions())).toBe(true);
  });
});

describe('diagnose of what is deployed', () => {
  beforeAll(async () => {
    const up = await d.plumb('up');
    expect(up.code, up.stdout + up.stderr).toBe(0);
  });

  it('must change no file, no process and no port', async () => {
    const before = await footprint(d);
    expect(before.some((line) => line.startsWith('process '))).toBe(true);
    expect(before.some((line) => line.startsWith('port '))).toBe(true);
    const ended = await d.plumb('diagnose');
    expect(changes(before, await footprint(d)), ended.stderr).toEqual([]);
    expect(d.report('apply').operations, ended.stdout).toEqual([]);
    expect(d.report('preflight').status).toBe('pass');
    expect(d.report('generate').status).toBe('pass');
    expect([0, 1]).toContain(ended.code);
  });

  it('must be told apart from a run that does change something', async () => {
    // A command says itself in which modes it may run; that is declared, and not enforced.
    const planted = ['sh', '-c', 'echo planted > config/planted'];
    pipeline('planted', [{ id: 'plant', run: planted, modes: ['diagnose'], effects: [] }]);
    const before = await footprint(d);
    expect((await d.plumb('run', 'planted', '--mode', 'diagnose')).code).toBe(0);
    expect(changes(before, await footprint(d))).toEqual([expect.stringMatching(/^\+ file config\/planted /)]);
  });

  it('must be told apart from a service that was stopped', async () => {
    const before = await footprint(d);
    await d.engine.stop('alloy');
    const seen = changes(before, await footprint(d));
    expect(seen).toEqual(
      expect.arrayContaining([expect.stringMatching(/^- process /), expect.stringMatching(/^- port /)]),
    );
  });

  it('must not start what is down, and say that up would', async () => {
    const before = await footprint(d);
    const ended = await d.plumb('diagnose');
    expect(changes(before, await footprint(d)), ended.stderr).toEqual([]);
    expect(d.report('apply').operations).toMatchObject([
      { op: 'start', target: 'alloy', outcome: 'planned' },
      { op: 'write_provenance', outcome: 'planned' },
    ]);
  });
});

describe('the mode of a run', () => {
  it('must refuse to run in diagnose what only changes', async () => {
    const before = await footprint(d);
    const down = await d.plumb('down', '--mode', 'diagnose');
    expect(down.code).toBe(2);
    expect(down.stderr).toMatch(
      /E_ENV_MODE_VIOLATION \(env\): nothing of this runs in diagnose: cleanup\n.*--mode apply/,
    );
    expect(changes(before, await footprint(d))).toEqual([]);
  });

  it.each([
    ['a mode that there is not', ['up', '--mode', 'destroy'], 64, 'E_CONFIG_USAGE'],
    ['another mode than diagnose', ['diagnose', '--mode', 'apply'], 64, 'E_CONFIG_USAGE'],
  ])('must refuse %s', async (_, args, exit, code) => {
    const ended = await d.plumb(...args);
    expect(ended.stderr).toContain(code);
    expect(ended.code).toBe(exit);
  });

  it('must not be more than the environment allows', async () => {
    d.configure((config) => {
      config.execution_mode = 'diagnose';
    });
    const before = await footprint(d);
    const refused = await d.plumb('up', '--mode', 'apply');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(
      /E_ENV_MODE_VIOLATION .*the environment allows diagnose at most\n\s+hint: .*--mode diagnose/,
    );
    await d.plumb('up');
    expect(d.report('apply').mode).toBe('diagnose');
    expect(changes(before, await footprint(d))).toEqual([]);
    d.configure((config) => {
      config.execution_mode = 'apply';
    });
  });
});

describe('the desired state', () => {
  it('must keep apply from applying when a template changes after preflight', async () => {
    pipeline('moving', [
      { id: 'preflight', uses: 'preflight' },
      { id: 'edit', run: ['sh', '-c', `echo '# moved' >> '${template}'`], after: ['preflight'], effects: [] },
      { id: 'generate', uses: 'generate', after: ['edit'] },
      { id: 'apply', uses: 'apply' },
    ]);
    const generation = join(d.deployRoot, 'current');
    const before = readFileSync(join(generation, 'artifact.json'), 'utf8');
    const ended = await d.plumb('run', 'moving');
    expect(ended.code).toBe(2);
    expect(d.report('apply').checks).toMatchObject([
      { error: { code: 'E_PROOF_DESIRED_STATE_CHANGED', message: `changed since preflight looked: ${template}` } },
    ]);
    expect(readFileSync(join(generation, 'artifact.json'), 'utf8')).toBe(before);
  });
});
