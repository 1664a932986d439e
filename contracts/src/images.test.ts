import { describe, expect, it } from 'vitest';
import { digest, identity } from '../../tests/support/images.ts';
import { imageFault, imagesLockFile, type LockedImage, lockedOf, quadruple } from './images.ts';

const locked: LockedImage = {
  index_digest: digest('1'),
  platforms: {
    'linux/amd64': { manifest_digest: digest('2'), config_digest: digest('a') },
    'linux/arm64': { manifest_digest: digest('3'), config_digest: digest('b') },
  },
};
const found = identity();

describe('imageFault', () => {
  it('must accept what is locked, by whatever digests an engine calls it, and anything where nothing is locked', () => {
    expect(imageFault('a/b:1', found, locked)).toBeUndefined();
    expect(imageFault('a/b:1', { ...found, indexDigest: digest('9') }, locked)).toBeUndefined();
    expect(imageFault('a/b:1', { ...found, configDigest: digest('c') }, undefined)).toBeUndefined();
  });

  it('must refuse another image, and name both', () => {
    const fault = imageFault('a/b:1', { ...found, configDigest: digest('c') }, locked);
    expect(fault).toMatchObject({
      code: 'E_PROOF_IMAGE_MISMATCH',
      message: 'a/b:1 here is sha256:cccccccccccc, and images.lock.json locks sha256:aaaaaaaaaaaa',
      evidence: { locked: digest('a'), found: digest('c') },
    });
    const other = imageFault('a/b:1', { ...found, configDigest: digest('c'), platform: 'linux/s390x' }, locked);
    expect(other?.message).toContain('locks nothing for linux/s390x');
  });

  it('must refuse an image for another machine first, locked or not', () => {
    const arm = { ...found, configDigest: digest('b'), platform: 'linux/arm64', runsHere: false };
    expect(imageFault('a/b:1', arm, locked)?.code).toBe('E_DEPS_IMAGE_PLATFORM');
    expect(imageFault('a/b:1', arm, undefined)?.code).toBe('E_DEPS_IMAGE_PLATFORM');
  });
});

describe('quadruple', () => {
  it('must say what the engine tells, and the rest as the lock knows an image of that configuration', () => {
    expect(quadruple('a/b:1', found, locked)).toEqual({
      tag: 'a/b:1',
      index_digest: digest('1'),
      manifest_digest: digest('2'),
      config_digest: digest('a'),
      platform: 'linux/amd64',
    });
    const told = quadruple('a/b:1', { ...found, indexDigest: digest('8'), manifestDigest: digest('9') }, locked);
    expect(told).toMatchObject({ index_digest: digest('8'), manifest_digest: digest('9') });
    for (const nothing of [
      quadruple('a/b:1', { ...found, configDigest: digest('c') }, locked),
      quadruple('a/b:1', found, undefined),
    ])
      expect(nothing).toMatchObject({ index_digest: null, manifest_digest: null });
  });
});

describe('a lock', () => {
  it('must stand beside the file of its environment, and tell which pins it lacks', () => {
    expect(imagesLockFile({ file: '/repo/config/bootstrap.test.json' })).toBe('/repo/config/images.lock.json');
    const lock = { schema_version: '1' as const, images: { 'a/b:1': locked, 'other/env:2': locked } };
    expect(lockedOf(['c/d:1', 'a/b:1', 'a/b:1'], lock)).toEqual({ locked: { 'a/b:1': locked }, missing: ['c/d:1'] });
  });
});
