import { beforeEach, describe, expect, it } from 'vitest';
import { type MemoryFiles, memoryFiles } from '../../tests/support/files.ts';
import { keptGeneration, ownerOf, pointer, pointerTarget } from './deploy-root.ts';

const id = 'a'.repeat(64);
const good = `generations/${id}`;
let files: MemoryFiles;

beforeEach(() => {
  files = memoryFiles();
});

async function said(result: Promise<{ ok: boolean }>): Promise<unknown> {
  const found = (await result) as Awaited<ReturnType<typeof pointer>>;
  return found.ok ? found.value : `${found.failure.code} ${found.failure.place?.file}: ${found.failure.message}`;
}

describe('pointer', () => {
  it('must name the generation that a link leads to, whether it is there or not, and none where there is no link', async () => {
    expect(await said(pointer('current', '/root', files))).toBeUndefined();
    files.links.set('/root/current', good);
    expect(await said(pointer('current', '/root', files))).toBe(id);
    expect(await said(pointer('verified', '/root', files))).toBeUndefined();
    expect(pointerTarget(id)).toBe(good);
  });

  it.each([
    '/etc',
    `/root/${good}`,
    `../root/${good}`,
    `./${good}`,
    `${good}/`,
    `generations/../${good}`,
    `generations/${id.slice(1)}`,
    `generations/${id.toUpperCase()}`,
    'generations/..',
    'generations',
    'store',
    '',
  ])('must not follow a link to %j', async (target) => {
    files.links.set('/root/current', target);
    expect(await said(pointer('current', '/root', files))).toMatch(/^E_ENV_ROOT_UNSAFE \/root\/current: .* leads to /);
  });

  it('must not take a file or a directory for a link', async () => {
    await files.write('/root/current', good);
    await files.makeDirectory('/root/verified');
    expect(await said(pointer('current', '/root', files))).toMatch(/^E_ENV_ROOT_UNSAFE .*current is not a link/);
    expect(await said(pointer('verified', '/root', files))).toMatch(/^E_ENV_ROOT_UNSAFE .*verified is not a link/);
  });
});

describe('keptGeneration', () => {
  const kept = () => keptGeneration('current', '/root', files);

  it('must give the folder of a generation that is there, of this version or of one that it does not say', async () => {
    files.links.set('/root/current', good);
    await files.write(`/root/${good}/compose.yml`, '');
    expect(await said(kept())).toEqual({ id, folder: `/root/${good}` });
    for (const text of ['{"schema_version": "1"}', '{}', 'null', '{"schema_ver', '\ufffd']) {
      await files.write(`/root/${good}/artifact.json`, text);
      expect(await said(kept()), text).toEqual({ id, folder: `/root/${good}` });
    }
  });

  it('must refuse one that is gone, that is no directory, or that a newer version wrote', async () => {
    expect(await said(kept())).toBeUndefined();
    files.links.set('/root/current', good);
    expect(await said(kept())).toMatch(/^E_ENV_ROOT_UNSAFE \/root\/current: .* which is gone$/);
    files.links.set(`/root/${good}`, '/etc');
    expect(await said(kept())).toMatch(/^E_ENV_ROOT_UNSAFE \/root\/current: .* which is no directory$/);
    files.links.delete(`/root/${good}`);
    await files.write(`/root/${good}/artifact.json`, '{"schema_version": "2"}');
    expect(await said(kept())).toMatch(/^E_CONFIG_SCHEMA_VERSION \/root\/.*artifact\.json: aaaaaaaaaaaa .*artifact 2/);
  });
});

describe('ownerOf', () => {
  const owner = { schema_version: '1', project: 'ours', nonce: 'a'.repeat(32) };
  const whose = async (text: string | Uint8Array | undefined) => {
    if (text !== undefined) await files.write('/root/owner.json', text);
    return said(ownerOf('/root', 'ours', files));
  };

  it('must tell our own root and one that is nobody’s yet', async () => {
    expect(await whose(undefined)).toBeUndefined();
    expect(await whose(JSON.stringify(owner))).toEqual(owner);
  });

  it.each([
    ['of another project', { ...owner, project: 'theirs' }, 'E_ENV_ROOT_FOREIGN'],
    ['of a newer layout, whoever’s', { ...owner, schema_version: '2', project: 'theirs' }, 'E_CONFIG_SCHEMA_VERSION'],
    ['that names nobody', { schema_version: '1' }, 'E_ENV_ROOT_UNSAFE'],
    ['that is no object', null, 'E_ENV_ROOT_UNSAFE'],
  ])('must refuse a root with an owner.json %s', async (_, content, code) => {
    expect(await whose(JSON.stringify(content))).toMatch(new RegExp(`^${code} /root/owner\\.json: `));
  });

  it('must refuse a root whose owner.json is torn or no file', async () => {
    expect(await whose(JSON.stringify(owner).slice(0, 30))).toMatch(/^E_ENV_ROOT_UNSAFE/);
    await files.remove('/root/owner.json');
    files.links.set('/root/owner.json', '/elsewhere/owner.json');
    expect(await whose(undefined)).toMatch(/^E_ENV_ROOT_UNSAFE .*is not a file/);
  });
});
