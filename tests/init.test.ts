import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEmbeddedEngine } from '../runner/src/adapters/embedded/engine.ts';
import { type Ended, ended, freePort } from './support/deployment.ts';

const program = join(import.meta.dirname, '../runner/dist/plumb.js');
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plumb init ü '));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const plumb = (...args: string[]): Promise<Ended> =>
  ended(spawn(process.execPath, [program, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] }));
const text = (path: string) => readFileSync(join(folder, path), 'utf8');
const everything = () =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}\n${readFileSync(join(entry.parentPath, entry.name), 'utf8')}`)
    .sort();

describe('init', () => {
  it('must make a folder whose environment is deployed and proved', async () => {
    const root = join(folder, 'my stack');
    const made = await plumb('init', 'my stack', '--json');
    expect(made.code, made.stderr).toBe(0);
    const config = join(root, 'config/bootstrap.demo.json');
    expect(JSON.parse(made.stdout)).toMatchObject({ folder: root, config });
    const own = JSON.parse(readFileSync(config, 'utf8'));
    expect(own.compose_project_name).toBe('plumbline-my-stack');
    expect(existsSync(join(root, 'config', own.$schema))).toBe(true);
    own.compose_project_name = `plumbline-test-${randomBytes(4).toString('hex')}`;
    for (const service of Object.keys(own.ports)) own.ports[service] = await freePort();
    // A host of a test may have any files there.
    own.sources[0].root = 'out/runs';
    own.sources[0].patterns = ['*/*.md'];
    writeFileSync(config, JSON.stringify(own));
    try {
      const up = await plumb('up', '--config', config);
      expect(up.code, up.stdout + up.stderr).toBe(0);
    } finally {
      await createEmbeddedEngine(join(root, 'out/deploy/demo')).down({ volumes: true });
    }
  });

  it('must keep what a repository leaves to git, add what is missing, and change nothing the second time', async () => {
    writeFileSync(join(folder, '.gitignore'), 'node_modules/\n/out/');
    expect((await plumb('init')).code).toBe(0);
    expect(text('.gitignore')).toBe('node_modules/\n/out/\n*.local.json\nsecrets.local.env\n');
    expect(text('secrets.example.env')).toContain('grafana: admin_password');
    const before = everything();
    const again = await plumb('init');
    expect([again.code, again.stdout.split('\n')[0]]).toEqual([0, `0 files written in ${folder}`]);
    expect(everything()).toEqual(before);
  });

  it('must refuse to overwrite and write nothing, unless it is told to', async () => {
    mkdirSync(join(folder, 'config/pipelines'), { recursive: true });
    writeFileSync(join(folder, 'config/pipelines/up.json'), 'mine');
    const refused = await plumb('init', '.');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/E_ENV_UNWRITABLE .*config\/pipelines\/up\.json\n.*\n {2}hint: --force/);
    expect(everything()).toEqual([`${folder}/config/pipelines/up.json\nmine`]);
    expect((await plumb('init', '.', '--force')).code).toBe(0);
    expect(JSON.parse(text('config/pipelines/up.json')).name).toBe('up');
    expect(readdirSync(folder).filter((name) => name.startsWith('.plumb'))).toEqual([]);
  });

  it('must leave nothing half-written where one of the files cannot be', async () => {
    mkdirSync(join(folder, 'config'));
    writeFileSync(join(folder, 'config/stacks'), 'a file where a folder is to be');
    const { code, stderr } = await plumb('init', '--force');
    expect(code).toBe(2);
    expect(stderr).toMatch(/E_ENV_(UNWRITABLE|UNREADABLE)/);
    expect(everything()).toEqual([`${folder}/config/stacks\na file where a folder is to be`]);
    expect(readdirSync(folder)).toEqual(['config']);
  });

  it("must refuse Plumbline's own folder", async () => {
    const { code, stderr } = await plumb('init', join(import.meta.dirname, '..'), '--force');
    expect(code).toBe(64);
    expect(stderr).toContain("Plumbline's own checkout");
  });
});
