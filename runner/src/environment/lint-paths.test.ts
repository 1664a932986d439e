import type { Bootstrap, Environment, Paths } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { demoEnvironment } from '../../../tests/support/environment.ts';
import { lintPaths } from './lint-paths.ts';

function problem(map: Partial<Bootstrap['path_map']>, paths: Partial<Paths> = {}, root = '/var/log'): string {
  const demo = demoEnvironment();
  const [source] = demo.bootstrap.sources;
  const bootstrap = {
    ...demo.bootstrap,
    path_map: { ...demo.bootstrap.path_map, ...map },
    sources: [{ ...source, root }],
  };
  const environment = { ...demo, bootstrap, paths: { ...demo.paths, ...paths } } as Environment;
  const found = lintPaths(environment, { place: (path) => ({ pointer: `/${path.join('/')}` }) });
  const told = found.map(({ code, place, message }) => `${code} ${place?.pointer} ${message}`);
  return told.join('\n') || 'accepted';
}

describe('lintPaths', () => {
  it('must accept paths below repo_root, and absolute ones outside of it', () => {
    expect(problem({})).toBe('accepted');
    expect(problem({ deploy_root: 'a/../b', output_dir: '..out' }, {}, 'logs')).toBe('accepted');
    expect(problem({ deploy_root: '/srv/x' }, { deploy_root: '/srv/x' })).toBe('accepted');
  });

  it.each([
    [
      { deploy_root: '../x' },
      'E_CONFIG_INVALID_VALUE /path_map/deploy_root path_map.deploy_root: "../x" leads out of repo_root, /repo',
    ],
    [{ output_dir: 'a/../../..' }, 'E_CONFIG_INVALID_VALUE /path_map/output_dir'],
    [{ stacks_dir: '..' }, 'E_CONFIG_INVALID_VALUE /path_map/stacks_dir'],
    [{ pipelines_dir: '../../etc' }, 'E_CONFIG_INVALID_VALUE /path_map/pipelines_dir'],
  ])('must refuse %j, which leads out', (map, expected) => {
    expect(problem(map)).toContain(expected);
  });

  it.each([
    [{ deploy_root: '/' }, 'path_map.deploy_root: / holds repo_root, /repo'],
    [{ deploy_root: '/repo' }, 'path_map.deploy_root: /repo is repo_root itself'],
    [{ deploy_root: '/repo/config' }, 'path_map.deploy_root: /repo/config holds stacks_dir, /repo/config/stacks'],
    [{ deploy_root: '/repo/out' }, 'path_map.deploy_root: /repo/out is output_dir itself'],
    [{ output_dir: '/repo/config/pipelines' }, 'path_map.output_dir: /repo/config/pipelines is pipelines_dir itself'],
  ])('must refuse to write to %j', (paths, expected) => {
    expect(problem({}, paths)).toContain(expected);
  });

  it('must tell each that leads out, once, and what else is wrong', () => {
    const told = problem({ deploy_root: '..', stacks_dir: '../s' }, { deploy_root: '/', output_dir: '/' }, '../logs');
    expect(told.split('\n').map((line) => line.split(' ')[1])).toEqual([
      '/path_map/deploy_root',
      '/path_map/stacks_dir',
      '/sources/0/root',
      '/path_map/output_dir',
    ]);
  });

  it('must refuse a source that leads out', () => {
    expect(problem({}, {}, '../logs')).toContain(
      'E_CONFIG_INVALID_VALUE /sources/0/root sources.0.root: "../logs" leads out',
    );
  });
});
