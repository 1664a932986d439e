import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Paths } from '@plumbline/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { files } from '../adapters/files.ts';
import { checkPlace, checkPlaces, wrongPlaces } from './check-places.ts';

let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'plumb places '));
  mkdirSync(join(root, 'there'));
  writeFileSync(join(root, 'file'), '');
  symlinkSync('there', join(root, 'link'));
  symlinkSync('circle', join(root, 'circle'));
  symlinkSync('/dev/null', join(root, 'device'));
  symlinkSync('nowhere', join(root, 'dangling'));
});

afterAll(() => rmSync(root, { recursive: true }));

async function checked(name: keyof Paths, path: string): Promise<string> {
  const found = await checkPlace(
    name,
    path.startsWith('/') ? path : join(root, path),
    { pointer: `/path_map/${name}` },
    files,
  );
  if (found.ok) return 'accepted';
  const { code, place, message } = found.failure;
  return `${code} ${place?.pointer} ${message.replaceAll(`${root}/`, '')}`;
}

describe('checkPlaces', () => {
  it('must find the first that is in the way, and leave the deploy root to the run', async () => {
    const paths = { deploy_root: '/dev/null', stacks_dir: root, output_dir: '/dev/null' } as Paths;
    const found = await checkPlaces(paths, { place: (at) => ({ pointer: `/${at.join('/')}` }) }, files);
    expect(found).toMatchObject({ failure: { code: 'E_ENV_UNWRITABLE', place: { pointer: '/path_map/output_dir' } } });
    expect(await checkPlaces({ ...paths, output_dir: root }, { place: () => ({}) }, files)).toMatchObject({ ok: true });
  });

  it('must find all that are in the way for who asks for all, the deploy root too, and each once', async () => {
    const document = { place: (at: readonly (string | number)[]) => ({ pointer: `/${at.join('/')}` }) };
    const found = async (paths: Partial<Paths>) => {
      const all = { repo_root: root, stacks_dir: root, pipelines_dir: root, ...paths } as Paths;
      return (await wrongPlaces(all, document, files)).map(({ code, place }) => `${code} ${place?.pointer}`);
    };
    expect(await found({ output_dir: join(root, 'circle'), deploy_root: '/dev/null/x' })).toEqual([
      'E_ENV_UNWRITABLE /path_map/output_dir',
      'E_ENV_UNWRITABLE /path_map/deploy_root',
    ]);
    const device = { repo_root: '/dev/null', output_dir: '/dev/null/out', deploy_root: '/dev/zero' };
    expect(await found(device)).toEqual([
      'E_ENV_UNREADABLE /path_map/repo_root',
      'E_ENV_UNWRITABLE /path_map/deploy_root',
    ]);
    expect(await found({ output_dir: root, deploy_root: root })).toEqual([]);
  });

  it('must say of a place that nobody could look at where the map says it', async () => {
    expect(await checked('output_dir', `there/${'x'.repeat(300)}`)).toMatch(
      /^E_ENV_UNREADABLE \/path_map\/output_dir /,
    );
  });

  it.each(['there', 'link', 'link/more', 'not/yet/there', 'dangling', '/'])('must accept %s', async (path) => {
    expect(await checked('deploy_root', path)).toBe('accepted');
  });

  it.each([
    ['circle', 'circle is a circle of symbolic links'],
    ['circle/x/y', 'circle is a circle of symbolic links'],
    ['/dev/null', '/dev/null is a pipe, a device or a socket'],
    ['/dev/zero/x', '/dev/zero is a pipe, a device or a socket'],
    ['device', 'device is a symbolic link to /dev/null, where a pipe, a device or a socket is'],
    ['file', 'file is a file'],
    ['link/../file/x', 'file is a file'],
  ])('must refuse %s at the line of the map that says it', async (path, why) => {
    const says = (name: string) => `/path_map/${name} path_map.${name}: ${why}, and a directory is meant`;
    expect(await checked('deploy_root', path)).toBe(`E_ENV_UNWRITABLE ${says('deploy_root')}`);
    expect(await checked('stacks_dir', path)).toBe(`E_ENV_UNREADABLE ${says('stacks_dir')}`);
  });
});
