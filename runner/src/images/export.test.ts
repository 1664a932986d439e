import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type ImagesLock, sha256 } from '@plumbline/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTar } from '../adapters/tar.ts';
import { once } from './archive.ts';
import { exportImages } from './export.ts';

const CONFIG = '{"os":"linux"}';
const FILES = {
  'config.json': CONFIG,
  'layer.tar': 'layer',
  'manifest.json': JSON.stringify([{ Config: 'config.json', RepoTags: ['a/b:1'], Layers: ['layer.tar'] }]),
};
const lock: ImagesLock = {
  schema_version: '1',
  images: {
    'a/b:1': {
      index_digest: null,
      platforms: { 'linux/amd64': { manifest_digest: null, config_digest: `sha256:${sha256(CONFIG)}` } },
    },
  },
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plumb export '));
});
afterEach(() => rmSync(folder, { recursive: true }));

const wanted = () => ({
  file: join(folder, 'images.tar'),
  pins: ['a/b:1'],
  lock,
  known: lock.images,
  same: (a: string, b: string) => a === b,
});

/** What docker would save of these files; it goes no further than `bytes` where they are told, and does not end. */
async function saved(files: Readonly<Record<string, string>>, bytes?: number): Promise<Readable> {
  const tar = createTar();
  const filled = (async () => {
    for (const [name, text] of Object.entries(files))
      await tar.add({ name, kind: 'file', target: '', size: text.length }, once(Buffer.from(text)));
    tar.end();
  })();
  const chunks: Uint8Array[] = [];
  for await (const chunk of tar.stream) chunks.push(chunk);
  await filled;
  if (bytes === undefined) return Readable.from(chunks);
  const stream = new Readable({ read: () => undefined });
  stream.push(Buffer.concat(chunks).subarray(0, bytes));
  return stream;
}

describe('exportImages', () => {
  it('must write an archive of what is locked, and say what it is', async () => {
    const written = await exportImages(await saved(FILES), wanted(), new AbortController().signal);
    expect(written).toMatchObject({ ok: true, value: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) } });
    expect(readdirSync(folder)).toEqual(['images.tar']);
  });

  it.each([
    ['at once', true],
    ['while the daemon says no more', false],
  ])('must end and leave nothing where it is interrupted %s', async (_, atOnce) => {
    const controller = new AbortController();
    if (atOnce) controller.abort();
    const from = await saved(FILES, 600);
    const ending = exportImages(from, wanted(), controller.signal);
    if (!atOnce) {
      // It has begun: what it writes is there.
      while (readdirSync(folder).length === 0) await new Promise((resolve) => setImmediate(resolve));
      controller.abort();
    }
    const end = await ending;
    expect(end).toMatchObject({ ok: false, failure: { code: 'E_ENV_INTERRUPTED' } });
    expect(readdirSync(folder)).toEqual([]);
    expect(from.destroyed).toBe(true);
  });

  it('must leave nothing where the daemon breaks off or gives too little', async () => {
    const signal = new AbortController().signal;
    const broken = await saved(FILES, 600);
    setImmediate(() => broken.destroy(new Error('hung up')));
    const off = await exportImages(broken, wanted(), signal);
    expect(off).toMatchObject({ ok: false, failure: { code: 'E_RUNTIME_ENGINE_UNREACHABLE' } });
    const few = await exportImages(await saved({ 'manifest.json': '[]' }), wanted(), signal);
    expect(few).toMatchObject({ ok: false, failure: { code: 'E_DEPS_IMAGE_MISSING' } });
    expect(readdirSync(folder)).toEqual([]);
  });
});
