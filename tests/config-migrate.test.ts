import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Deployment, ended, makeDeployment } from './support/deployment.ts';

const seed = readFileSync(join(import.meta.dirname, '../runner/src/migrations/fixtures/seed-002.v1.json'), 'utf8');

let d: Deployment;
let whole: string;

beforeEach(async () => {
  d = await makeDeployment();
  whole = readFileSync(d.configFile, 'utf8');
  writeFileSync(d.configFile, seed);
});

afterEach(async () => {
  await d[Symbol.asyncDispose]();
});

/** `config migrate` takes its file as a path, and has no --config. */
async function migrate(...args: string[]) {
  const program = join(import.meta.dirname, '../runner/dist/plumb.js');
  return ended(spawn(process.execPath, [program, 'config', 'migrate', ...args], { cwd: d.root }));
}

const copies = () =>
  readdirSync(join(d.root, 'config'))
    .filter((name) => name.startsWith(`${basename(d.configFile)}.`))
    .sort();

describe('config migrate', () => {
  it('must print with --dry-run what would change, name what is dropped, and change nothing', async () => {
    const ended = await migrate(d.configFile, '--dry-run');
    expect(ended.code).toBe(1);
    expect(ended.stdout).toContain(`--- ${d.configFile}\n+++ ${d.configFile}\n@@ -1,37 +1,`);
    expect(ended.stdout).toContain('-  "schema_version": "1",\n+  "bootstrap_version"');
    expect(ended.stderr).toContain('warning: dropped secrets_policy, ');
    expect(ended.stderr).not.toMatch(/^error/m);
    expect(readFileSync(d.configFile, 'utf8')).toBe(seed);
    expect(copies()).toEqual([]);
  });

  it('must show no secret of the file: by its key, by the rules of the stack, in a comment, nor a deployed one', async () => {
    const deployed = join(d.root, 'kept/deploy/logging-test/secrets/grafana/1');
    mkdirSync(deployed, { recursive: true });
    writeFileSync(join(deployed, 'admin_password'), 'SENTINEL-deployed\n');
    const planted = {
      labels: { a: 'Bearer SENTINELbearer', b: 'https://admin:SENTINELurl@host/', c: 'is SENTINEL-deployed' },
      secrets: { grafana: 'SENTINELbelow', more: { deep: ['SENTINELdeep'] } },
      grafana_password: 9182736455,
    };
    const config = { ...JSON.parse(seed), ...planted };
    Object.assign(config.path_map, { repo_root: d.root, output_dir: 'kept' });
    const text = JSON.stringify(config, null, 2)
      .replace(
        '"secrets"',
        '"db_password": 12345678901234567890,\n  // was: "db_token": "SENTINELcomment",\n  "secrets"',
      )
      .replace('"kept"', '"kept" // Bearer SENTINELmore');
    writeFileSync(d.configFile, text);
    for (const args of [[], ['--json']]) {
      const { stdout, stderr } = await migrate(d.configFile, '--dry-run', ...args);
      const said = stdout + stderr;
      expect(said).toContain('dropped');
      expect(said).toContain('REDACTED');
      expect(said.match(/SENTINEL[\w-]*|9182736455|12345678901234567890/g)).toBeNull();
      if (args.length > 0) expect(JSON.parse(stdout)).toMatchObject({ changed: true });
    }
    expect(readFileSync(d.configFile, 'utf8')).toBe(text);
  });

  it('must keep the file as it was beside it, and never overwrite an older copy', async () => {
    writeFileSync(`${d.configFile}.v1.bak`, 'older');
    const first = JSON.parse((await migrate(d.configFile, '--json')).stdout);
    expect(first).toMatchObject({ from: '1', to: '2', changed: true, backup: `${d.configFile}.v1.2.bak` });
    expect(first.notes.filter(({ kind }: { kind: string }) => kind === 'dropped')).toHaveLength(9);
    const after = readFileSync(d.configFile, 'utf8');
    const second = await migrate(d.configFile);
    expect(second.stdout).toContain('of schema version 2 already');
    expect(second.code).toBe(0);
    expect(readFileSync(d.configFile, 'utf8')).toBe(after);
    expect(copies().map((name) => readFileSync(join(d.root, 'config', name), 'utf8'))).toEqual([seed, 'older']);
  });

  it('must make of the configuration of seed 002 one that deploys, once engine, ports and paths are of this host', async () => {
    expect((await d.plumb('up')).stderr).toMatch(/E_CONFIG_SCHEMA_VERSION .*\n.*\n {2}hint: .*plumb config migrate/);
    expect(existsSync(join(d.root, 'out'))).toBe(false);
    expect((await migrate(d.configFile)).code).toBe(1);
    const config = JSON.parse(readFileSync(d.configFile, 'utf8'));
    const here = JSON.parse(whole);
    Object.assign(config, {
      compose_project_name: here.compose_project_name,
      engine: here.engine,
      ports: here.ports,
      path_map: { ...config.path_map, repo_root: '..', output_dir: 'out', deploy_root: 'out/deploy/test' },
    });
    for (const source of config.sources) {
      source.root = join(d.logs, source.name);
      mkdirSync(source.root);
    }
    writeFileSync(d.configFile, JSON.stringify(config, null, 2));
    expect((await d.plumb('config', 'lint')).stdout).toContain('nothing to mend');
    const up = await d.plumb('up');
    expect(up.stderr + up.stdout).toContain('green: up');
    expect(up.code).toBe(0);
  });

  it.each([
    ['a newer version', '{ "schema_version": "3" }', 'E_CONFIG_SCHEMA_VERSION', /a newer Plumbline wrote it/],
    ['no version', '{}', 'E_CONFIG_MISSING_KEY', /schema_version/],
    ['no JSON', '{,', 'E_CONFIG_PARSE', /bootstrap.test.json:1:2/],
  ])('must refuse %s and leave the file alone', async (_, text, code, says) => {
    writeFileSync(d.configFile, text);
    const ended = await migrate(d.configFile);
    expect(ended.stderr).toContain(`error ${code} (config)`);
    expect(ended.stderr).toMatch(says);
    expect(ended.code).toBe(2);
    expect(readFileSync(d.configFile, 'utf8')).toBe(text);
    expect(copies()).toEqual([]);
  });

  it('must refuse a file that there is not', async () => {
    const ended = await migrate(join(d.root, 'none.json'));
    expect(ended.stderr).toContain('E_CONFIG_NOT_FOUND');
    expect(ended.code).toBe(2);
  });
});
