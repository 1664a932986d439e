import { describe, expect, it } from 'vitest';
import { digestsOf, platformText } from './digests.ts';

const documents = (all: Readonly<Record<string, unknown>>) =>
  new Map(Object.entries(all).map(([digest, value]) => [digest, Buffer.from(JSON.stringify(value))]));
const amd64 = { os: 'linux', architecture: 'amd64' };
const arm64 = { os: 'linux', architecture: 'arm64', variant: 'v8' };
const whole = {
  index: {
    manifests: [
      { digest: 'attested', platform: { os: 'unknown', architecture: 'unknown' } },
      { digest: 'arm', platform: arm64 },
      { digest: 'amd', platform: amd64 },
    ],
  },
  amd: { config: { digest: 'amd config' } },
  arm: { config: { digest: 'arm config' } },
};

describe('digestsOf', () => {
  it('must find the configuration of a platform from an index, and from a manifest', () => {
    const known = documents(whole);
    expect(digestsOf('index', 'linux/amd64', known)).toEqual({ manifestDigest: 'amd', configDigest: 'amd config' });
    expect(digestsOf('index', 'linux/arm64', known)).toEqual({ manifestDigest: 'arm', configDigest: 'arm config' });
    expect(digestsOf('amd', 'linux/amd64', known)).toEqual({ manifestDigest: 'amd', configDigest: 'amd config' });
  });

  it('must not guess where the platform is not listed, a document has not come, or is none', () => {
    expect(digestsOf('index', 'linux/s390x', documents(whole))).toBeUndefined();
    expect(digestsOf('index', 'linux/amd64', documents({ index: whole.index }))).toBeUndefined();
    expect(digestsOf('index', 'linux/amd64', new Map([['index', Buffer.from('{')]]))).toBeUndefined();
  });

  it('must call the one kind of arm64 by one name, and the kinds of arm by theirs', () => {
    expect(platformText(arm64)).toBe('linux/arm64');
    expect(platformText({ os: 'linux', architecture: 'arm64', variant: '' })).toBe('linux/arm64');
    expect(platformText({ os: 'linux', architecture: 'arm', variant: 'v7' })).toBe('linux/arm/v7');
  });
});
