import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Deployment, ended, makeDeployment } from './support/deployment.ts';

let d: Deployment;

beforeAll(async () => {
  d = await makeDeployment();
  const base = JSON.stringify(JSON.parse(readFileSync(d.configFile, 'utf8')), null, 2);
  writeFileSync(join(d.root, 'config/bootstrap.base.json'), base);
  writeFileSync(
    d.configFile,
    '{\n  // all but this is as in base\n  "extends": "base",\n  "labels": { "token": "hunter2hunter2", },\n  "limits": null,\n}\n',
  );
});

afterAll(async () => {
  await d[Symbol.asyncDispose]();
});

/** The command with variables of its own. */
async function shown(variables: Record<string, string>, ...args: string[]) {
  const before = { ...process.env };
  Object.assign(process.env, variables);
  try {
    return await ended(d.start('config', 'show', ...args));
  } finally {
    process.env = before;
  }
}

describe('config show', () => {
  it('must say what counts and where it comes from, paths resolved, and no secret', async () => {
    const variables = { PLUMBLINE_PORTS__ALLOY: '14000', PLUMBLINE_EXECUTION_MODE: 'diagnose' };
    const { code, stdout } = await shown(variables, '--json', '--origin', '--set', 'execution_mode=repair');
    expect(code).toBe(0);
    expect(stdout).not.toContain('hunter2');
    const { settings, origins, paths, files } = JSON.parse(stdout);
    expect(files).toEqual([d.configFile, join(d.root, 'config/bootstrap.base.json')]);
    expect(settings).toMatchObject({ execution_mode: 'repair', ports: { alloy: 14000, loki: d.ports.loki } });
    expect(settings.limits).toEqual({ retention: '720h', proof_timeout_s: 120 });
    expect(paths).toMatchObject({ repo_root: d.root, deploy_root: d.deployRoot, 'source app': d.logs });
    const from = (name: string) => [origins[name].source, origins[name].place?.file, origins[name].place?.line];
    expect(from('execution_mode')).toEqual(['flag', '--set execution_mode', undefined]);
    expect(from('ports.alloy')).toEqual(['variable', 'PLUMBLINE_PORTS__ALLOY', undefined]);
    expect(from('labels.token')).toEqual(['file', d.configFile, 4]);
    expect(from('engine')).toEqual(['file', join(d.root, 'config/bootstrap.base.json'), 6]);
    expect(from('limits.retention')).toEqual(['default', undefined, undefined]);
  });

  it('must hide a deployed secret that somebody wrote into a file', async () => {
    const folder = join(d.deployRoot, 'secrets/grafana/1');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'admin_password'), 'plain-as-day\n');
    const { stdout } = await shown({}, '--set', 'labels.note=is plain-as-day');
    expect(stdout).toMatch(/labels\.note +"is \*\*\*REDACTED\*\*\*"/);
    expect(stdout).not.toContain('plain-as-day');
  });

  it.each([
    [
      {},
      ['--set', 'ports.loki=80'],
      2,
      /E_CONFIG_INVALID_VALUE .*"ports.loki" must be >= 1024\n {2}at --set ports\.loki/,
    ],
    [{ PLUMBLINE_ENGINE: 'dokcer' }, [], 2, /E_CONFIG_INVALID_VALUE .*"engine" is "dokcer".*\n {2}at PLUMBLINE_ENGINE/],
    [{ PLUMBLINE_EXECUTON_MODE: 'x' }, [], 2, /E_CONFIG_UNKNOWN_KEY .*did you mean "PLUMBLINE_EXECUTION_MODE"\?/],
    [{}, ['--set', 'ports'], 64, /E_CONFIG_USAGE/],
  ])('must refuse %j %j at its place', async (variables, args, exit, said) => {
    const { code, stderr } = await shown(variables, ...args);
    expect(stderr).toMatch(said);
    expect(code).toBe(exit);
  });

  it('must tell the hash that a run records, which is another when any file of the chain is', async () => {
    const sha = async () => JSON.parse((await shown({}, '--json')).stdout).config_sha256;
    const before = await sha();
    await d.plumb('step', 'preflight');
    const run = join(d.root, 'out/runs', readdirSync(join(d.root, 'out/runs')).sort().at(-1) as string);
    expect(JSON.parse(readFileSync(join(run, 'meta.json'), 'utf8')).config_sha256).toBe(before);
    const state = JSON.parse(readFileSync(join(run, 'desired_state.json'), 'utf8'));
    const listed = state.files.map(({ path }: { path: string }) => path);
    expect(listed).toEqual(expect.arrayContaining(['config/bootstrap.test.json', 'config/bootstrap.base.json']));
    d.edit('config/bootstrap.base.json', (text) => `${text}\n`);
    expect(await sha()).not.toBe(before);
  });
});
