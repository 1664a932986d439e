import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Paths } from '@plumbline/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { files } from '../adapters/files.ts';
import { checkPlace, checkPlaces } from './check-places.ts';

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
