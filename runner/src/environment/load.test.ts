import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Bootstrap, sha256 } from '@plumbline/contracts';
import { beforeEach, describe, expect, it } from 'vitest';
import { demoEnvironment, stackFolder } from '../../../tests/support/environment.ts';
import { type MemoryFiles, memoryFiles } from '../../../tests/support/files.ts';
import { loadEnvironment } from './load.ts';
import type { EnvironmentRef } from './locate.ts';

const stack = '/repo/config/stacks/observability';
const demo = '/repo/config/bootstrap.demo.json';

let files: MemoryFiles;

beforeEach(() => {
  const own = ['stack.json', 'health_contract.json', 'secrets_policy.json'];
  files = memoryFiles({
    ...Object.fromEntries(own.map((name) => [`${stack}/${name}`, readFileSync(join(stackFolder, name), 'utf8')])),
    [demo]: JSON.stringify(demoEnvironment().bootstrap),
  });
});

const byName = (name: string): EnvironmentRef => ({ name, folder: '/repo/config' });

async function problem(ref: EnvironmentRef): Promise<string> {
  const loaded = await loadEnvironment(ref, files);
  if (loaded.ok) return 'accepted';
  return `${loaded.failure.code} ${loaded.failure.place?.file} ${loaded.failure.message}`;
}

describe('loadEnvironment', () => {
  it('must load by name and by file alike, with the hash of the file', async () => {
    const [named, given] = [await loadEnvironment(byName('demo'), files), await loadEnvironment({ file: demo }, files)];
    expect(named).toEqual(given);
    expect(named.ok && named.value.environment).toMatchObject({ name: 'demo', file: demo });
    expect(named.ok && named.value.configSha256).toBe(sha256(files.text(demo)));
  });

  it('must make every path absolute: repo_root from the file, the rest from repo_root', async () => {
    const path_map: Bootstrap['path_map'] = { repo_root: '..', deploy_root: 'd/../deploy', output_dir: '/var/out' };
    await files.write(demo, JSON.stringify(demoEnvironment({ path_map }).bootstrap));
    const loaded = await loadEnvironment(byName('demo'), files);
    expect(loaded.ok && loaded.value.environment.paths).toEqual({
      repo_root: '/repo',
      output_dir: '/var/out',
      deploy_root: '/repo/deploy',
      stacks_dir: '/repo/config/stacks',
      pipelines_dir: '/repo/config/pipelines',
    });
  });

  it.each([
    ['dmeo', 'no environment "dmeo"; did you mean "demo"? (there is demo)'],
    ['../../etc/x', 'no environment "../../etc/x" (there is demo)'],
    ['', 'no environment "" (there is demo)'],
  ])('must refuse the name %j', async (name, message) => {
    expect(await problem(byName(name))).toBe(`E_CONFIG_UNKNOWN_ENVIRONMENT /repo/config ${message}`);
  });

  it('must say which file is missing or wrong', async () => {
    expect(await problem({ file: '/nope.json' })).toContain('E_CONFIG_NOT_FOUND /nope.json');
    await files.write(`${stack}/stack.json`, '{}');
    expect(await problem(byName('demo'))).toContain(`E_CONFIG_MISSING_KEY ${stack}/stack.json`);
    await files.remove(`${stack}/health_contract.json`);
    await files.write(`${stack}/stack.json`, readFileSync(join(stackFolder, 'stack.json'), 'utf8'));
    expect(await problem(byName('demo'))).toContain(`E_CONFIG_NOT_FOUND ${stack}/health_contract.json`);
  });

  it('must lint what it loaded', async () => {
    await files.write(demo, JSON.stringify(demoEnvironment({ ports: { loki: 5000 } }).bootstrap));
    expect(await problem(byName('demo'))).toContain('E_CONFIG_MISSING_KEY');
  });
});
