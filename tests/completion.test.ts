import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ended } from './support/deployment.ts';

const root = join(import.meta.dirname, '..');
const program = join(root, 'runner/dist/plumb.js');
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plumb completion ü '));
  writeFileSync(join(folder, 'plumb'), `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`);
  chmodSync(join(folder, 'plumb'), 0o755);
  writeFileSync(join(folder, 'own.json'), '');
  const { code, stdout } = await plumb('completion', 'bash');
  expect(code).toBe(0);
  writeFileSync(join(folder, 'script.bash'), stdout);
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

const plumb = (...args: string[]) => ended(spawn(process.execPath, [program, ...args]));

/** What bash offers behind these words, the last of which is being written. */
function offered(...words: string[]): readonly string[] {
  const script = `set -u; . ./script.bash; COMP_WORDS=(./plumb "$@"); COMP_CWORD=$#; _plumb; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const args = ['--norc', '--noprofile', '-c', script, 'bash', ...words];
  const { status, stdout, stderr } = spawnSync('bash', args, { cwd: folder, encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
  return stdout.split('\n').filter((line) => line !== '');
}

const named = (in_: string, shape: RegExp) =>
  readdirSync(join(root, in_))
    .flatMap((file) => shape.exec(file)?.[1] ?? [])
    .sort();

describe('completion in bash', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['a verb', ['ver'], ['verify', 'version']],
    ['a verb of a verb', ['runs', 'l'], ['list', 'latest']],
    ['a verb to be told about', ['help', 'do'], ['down', 'doctor']],
    ['a flag', ['up', '--re'], ['--reporter']],
    ['a flag behind one with a value', ['up', '--env', 'demo', '--dr'], ['--dry-run']],
    ['a flag that another verb has', ['verify', '--vol'], []],
    ['a value of few', ['up', '--reporter', 'p'], ['plain']],
    ['a value behind =', ['up', '--reporter', '=', 'q'], ['quiet']],
    ['a mode', ['up', '--mode', ''], ['diagnose', 'repair', 'apply']],
    ['a shell', ['completion', 'z'], ['zsh']],
    ['a file', ['up', '--config', 'own'], ['own.json']],
    ['a value that nobody can guess', ['up', '--concurrency', ''], []],
  ])('must complete %s', (_, words, expected) => {
    expect([...offered(...words)].sort()).toEqual([...expected].sort());
  });

  it('must offer every verb at the start, and every one must be one', async () => {
    const verbs = offered('');
    expect(verbs).toEqual(expect.arrayContaining(['up', 'down', 'step', 'runs', 'doctor', 'completion', 'help']));
    const { stdout } = await plumb('help');
    expect(verbs.filter((verb) => !new RegExp(`^ {2}${verb} `, 'm').test(stdout))).toEqual([]);
  });

  it('must ask for the names of environments, pipelines and steps', () => {
    expect(offered('up', '--env', '')).toEqual(named('config', /^bootstrap\.(.*)\.json$/));
    expect(offered('run', '')).toEqual(named('config/pipelines', /^(.*)\.json$/));
    expect([...offered('step', '--json', '')].sort()).toEqual(named('steps', /^(\w+)$/));
    expect(offered('step', 'verify', 'v')).toEqual([]);
  });

  it('must ask for the names of the environment that the line names', () => {
    const config = JSON.parse(readFileSync(join(root, 'config/bootstrap.demo.json'), 'utf8'));
    config.path_map = { ...config.path_map, repo_root: root, pipelines_dir: join(folder, 'pipelines') };
    mkdirSync(join(folder, 'pipelines'));
    writeFileSync(join(folder, 'pipelines/mine.json'), '{}');
    writeFileSync(join(folder, 'mine.json'), JSON.stringify(config));
    expect(offered('run', '--config', 'mine.json', '')).toEqual(['mine']);
    expect(offered('run', '--config', '=', 'mine.json', '')).toEqual(['mine']);
    expect(offered('run', '--env', 'nowhere', '')).not.toContain('up');
    expect(offered('run', '--env', 'demo', '')).toEqual(named('config/pipelines', /^(.*)\.json$/));
  });
});

describe('completion', () => {
  it.each([['zsh'], ['fish']])('must print a script for %s that asks for the same names', async (shell) => {
    const { code, stdout } = await plumb('completion', shell);
    expect(code).toBe(0);
    for (const kind of ['environments', 'pipelines', 'steps']) expect(stdout).toContain(`_plumb_ask ${kind}`);
  });

  it.each<[string, readonly string[]]>([
    ['no shell', []],
    ['a shell that there is not', ['tcsh']],
    ['words that there are not', ['--words', 'secrets']],
  ])('must refuse %s', async (_, args) => {
    const { code, stdout, stderr } = await plumb('completion', ...args);
    expect([code, stdout]).toEqual([64, '']);
    expect(stderr).toContain('E_CONFIG_USAGE');
  });
});
