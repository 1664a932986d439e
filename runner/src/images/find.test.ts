import { err, failure, type ImageIdentity, type LockedImage, ok, type Result } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { digest, identity, lockedImage } from '../../../tests/support/images.ts';
import { fakeEngine } from '../../../tests/support/ports.ts';
import { findImage } from './find.ts';
import { lockText, relock, staleOf } from './lock.ts';

const pushed = lockedImage();
const local: LockedImage = {
  index_digest: null,
  platforms: { 'linux/amd64': { manifest_digest: null, config_digest: digest('a') } },
};
const here = identity();
const down = err(failure('E_NETWORK_UNREACHABLE', 'no route'));

const engine = (found: ImageIdentity | undefined) => ({ ...fakeEngine(), identity: async () => ok(found) });
const find = (
  registry: Result<LockedImage | undefined> | 'not asked',
  found: ImageIdentity | undefined,
  before?: LockedImage,
) =>
  findImage('a/b:1', before, {
    engine: engine(found),
    ...(registry === 'not asked' ? {} : { registry: async () => registry }),
  });

describe('findImage', () => {
  it('must believe the registry, whatever is here', async () => {
    const other = { ...here, configDigest: digest('c') };
    expect(await find(ok(pushed), other)).toEqual(ok({ image: pushed, from: 'registry' }));
    expect(await find(ok(pushed), undefined)).toEqual(ok({ image: pushed, from: 'registry' }));
  });

  it('must know an image that is in no registry by its configuration alone', async () => {
    expect(await find(ok(undefined), here)).toEqual(ok({ image: local, from: 'host' }));
    expect(await find('not asked', here)).toEqual(ok({ image: local, from: 'host' }));
  });

  it('must say that a registry did not answer, and forget nothing that was known of the very image that is here', async () => {
    expect(await find(down, here)).toEqual(ok({ image: local, from: 'host', unasked: down.failure }));
    expect(await find(down, here, pushed)).toEqual(ok({ image: pushed, from: 'lock', unasked: down.failure }));
    const other = await find(down, { ...here, configDigest: digest('c') }, pushed);
    expect(other).toMatchObject({ value: { from: 'host', image: { index_digest: null } } });
  });

  it('must fail where nobody has the image, and tell why', async () => {
    expect(await find(ok(undefined), undefined)).toMatchObject({ failure: { code: 'E_DEPS_IMAGE_MISSING' } });
    expect(await find('not asked', undefined)).toMatchObject({ failure: { code: 'E_DEPS_IMAGE_MISSING' } });
    expect(await find(down, undefined)).toEqual(down);
  });
});

describe('a lock that is made anew', () => {
  const two: LockedImage = {
    ...pushed,
    platforms: { 'linux/arm64': pushed.platforms['linux/amd64'] as never, ...pushed.platforms },
  };
  const other: LockedImage = {
    ...pushed,
    platforms: { ...pushed.platforms, 'linux/arm64': pushed.platforms['linux/amd64'] as never },
  };

  it('must have the same bytes for the same images in any order, and keep what it says of other environments', () => {
    const a = relock({ schema_version: '1', images: { 'z/z:1': local } }, { 'a/b:1': two });
    const b = relock({ schema_version: '1', images: { 'a/b:1': other } }, { 'z/z:1': local });
    expect(lockText(a)).toBe(lockText(b));
    expect(Object.keys(a.images)).toEqual(['a/b:1', 'z/z:1']);
  });

  it('must call stale what it does not know or knows otherwise, and nothing else', () => {
    const before = relock(undefined, { 'a/b:1': two });
    expect(staleOf(before, { 'a/b:1': other })).toEqual([]);
    expect(staleOf(before, { 'a/b:1': local, 'c/d:1': local })).toEqual(['a/b:1', 'c/d:1']);
    expect(staleOf(undefined, { 'a/b:1': local })).toEqual(['a/b:1']);
  });
});
