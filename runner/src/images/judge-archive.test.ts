import { type ImagesArchive, type ImagesLock, sha256 } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { emptyArchive, once, type SeenArchive, see } from './archive.ts';
import { judgeArchive } from './judge-archive.ts';

const config = '{"os":"linux"}';
const lock: ImagesLock = {
  schema_version: '1',
  images: {
    'a/b:1': {
      index_digest: null,
      platforms: { 'linux/amd64': { manifest_digest: null, config_digest: `sha256:${sha256(config)}` } },
    },
  },
};
const wanted = {
  file: 'images.tar',
  pins: ['a/b:1'],
  lock,
  known: lock.images,
  same: (a: string, b: string) => a === b,
};
const docker = [{ Config: 'config.json', RepoTags: ['a/b:1'], Layers: ['layer.tar'] }];

/** An archive with these files and a list that is true of them, changed as a test needs it. */
async function archive({
  files = {},
  images = docker as unknown,
  list = (made: ImagesArchive) => made as unknown,
  more = {},
}: {
  readonly files?: Readonly<Record<string, string | undefined>>;
  readonly images?: unknown;
  readonly list?: (made: ImagesArchive) => unknown;
  readonly more?: Readonly<Record<string, string>>;
} = {}): Promise<SeenArchive> {
  const all = { 'config.json': config, 'layer.tar': 'layer', 'manifest.json': JSON.stringify(images), ...files };
  const present = Object.entries(all).flatMap(([name, text]) => (text === undefined ? [] : [[name, text] as const]));
  const entries = Object.fromEntries(
    present.map(([name, text]) => [name, { sha256: sha256(text), size: text.length }]),
  );
  const made = list({ schema_version: '1', images: ['a/b:1'], entries });
  const seen = emptyArchive();
  const last = made === undefined ? [] : [['plumbline.json', JSON.stringify(made)] as const];
  for (const [name, text] of [...present, ...Object.entries(more), ...last])
    await see(seen, { name, kind: 'file', target: '', size: text.length, body: once(Buffer.from(text)) });
  return seen;
}

describe('judgeArchive', () => {
  it('must accept what is as it was exported and holds what is locked', async () => {
    expect(judgeArchive(await archive(), wanted)).toBeUndefined();
  });

  it.each([
    ['is cut off before its list', { list: () => undefined }, 'E_PROOF_ARCHIVE_DAMAGED', 'it is cut off'],
    ['has a list that is none', { list: () => ({ entries: 1 }) }, 'E_PROOF_ARCHIVE_DAMAGED', 'cannot be read'],
    ['has an entry more', { more: { extra: 'x' } }, 'E_PROOF_ARCHIVE_DAMAGED', 'was not exported'],
    ['has an entry twice', { more: { 'layer.tar': 'layer' } }, 'E_PROOF_ARCHIVE_DAMAGED', 'is in it twice'],
    ['lacks a layer', { files: { 'layer.tar': undefined } }, 'E_PROOF_ARCHIVE_DAMAGED', 'layer.tar is not in it'],
    ['does not say what it holds', { images: 'x' }, 'E_PROOF_ARCHIVE_DAMAGED', 'does not say which images'],
    ['lacks an image', { images: [] }, 'E_DEPS_IMAGE_MISSING', 'has no image a/b:1'],
    ['holds another image', { files: { 'config.json': '{}' } }, 'E_PROOF_IMAGE_MISMATCH', 'images.lock.json locks'],
    [
      'holds an image that nothing is known of',
      { images: [...docker, { ...docker[0], RepoTags: ['c/d:1'] }] },
      'E_CONFIG_IMAGES_UNLOCKED',
      'holds c/d:1',
    ],
  ])('must refuse one that %s', async (_, change, code, message) => {
    const fault = judgeArchive(await archive(change), wanted);
    expect(fault).toMatchObject({ code });
    expect(fault?.message).toContain(message);
  });

  it('must accept an image that another environment of the same lock has, and refuse it where it is another', async () => {
    const also = { images: [...docker, { ...docker[0], RepoTags: ['c/d:1'] }] };
    const knownAs = (config_digest: string) => ({
      ...wanted,
      known: {
        ...lock.images,
        'c/d:1': { index_digest: null, platforms: { 'linux/amd64': { manifest_digest: null, config_digest } } },
      },
    });
    expect(judgeArchive(await archive(also), knownAs(`sha256:${sha256(config)}`))).toBeUndefined();
    expect(judgeArchive(await archive(also), knownAs(`sha256:${sha256('another')}`))).toMatchObject({
      code: 'E_PROOF_IMAGE_MISMATCH',
    });
  });

  it('must refuse an entry that is not what the list says, and one that the list has and the archive has not', async () => {
    const changed = (made: ImagesArchive) => ({
      ...made,
      entries: { ...made.entries, 'layer.tar': { sha256: sha256('another'), size: 5 } },
    });
    expect(judgeArchive(await archive({ list: changed }), wanted)?.message).toContain('layer.tar is not as it was');
    const more = (made: ImagesArchive) => ({
      ...made,
      entries: { ...made.entries, gone: { sha256: sha256(''), size: 0 } },
    });
    expect(judgeArchive(await archive({ list: more }), wanted)?.message).toContain('gone is not in it');
  });
});
