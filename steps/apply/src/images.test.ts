import { type EnginePort, err, failure, type ImageIdentity, ok, type Result } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { makeArtifact } from '../../../tests/support/artifact.ts';
import { digest, identity, lockedImage } from '../../../tests/support/images.ts';
import { fakeEngine } from '../../../tests/support/ports.ts';
import { checkImages, confirmImage, confirmRunning } from './images.ts';
import type { ApplyOp } from './operation.ts';

const loki = 'example/loki:1.0.0';
const artifact = makeArtifact({ images: { [loki]: lockedImage(), 'example/alloy:1.0.0': lockedImage() } });
const unlocked = makeArtifact();
const other = identity({ configDigest: digest('b') });
const pull: ApplyOp = { op: 'pull', image: loki, cause: 'it is not on this host' };

const engine = (found: ImageIdentity | undefined, image?: EnginePort['image']): EnginePort => ({
  ...fakeEngine(),
  identity: async () => ok(found),
  ...(image === undefined ? {} : { image }),
});
const code = (result: Result<void>) => (result.ok ? 'ok' : result.failure.code);

describe('checkImages', () => {
  it('must accept the locked images, any where nothing is locked, and an engine without images', async () => {
    expect(code(await checkImages(artifact, [], engine(identity()), false))).toBe('ok');
    expect(code(await checkImages(unlocked, [], engine(other), false))).toBe('ok');
    expect(code(await checkImages(artifact, [], fakeEngine(), false))).toBe('ok');
    expect(code(await checkImages(artifact, [], engine(undefined), true))).toBe('ok');
  });

  it('must refuse another image, one for another machine, and one that cannot be looked at', async () => {
    expect(code(await checkImages(artifact, [], engine(other), false))).toBe('E_PROOF_IMAGE_MISMATCH');
    const arm = engine(identity({ runsHere: false }));
    expect(code(await checkImages(unlocked, [], arm, false))).toBe('E_DEPS_IMAGE_PLATFORM');
    const gone = err(failure('E_RUNTIME_ENGINE_UNREACHABLE', 'gone'));
    const away = { ...fakeEngine(), identity: async () => gone };
    expect(await checkImages(artifact, [], away, false)).toEqual(gone);
  });

  it('must refuse a pull that cannot succeed, and ask nobody where that is forbidden', async () => {
    const asked: string[] = [];
    const registry = (where: Awaited<ReturnType<NonNullable<EnginePort['image']>>>) =>
      engine(undefined, async (image) => {
        asked.push(image);
        return where;
      });
    expect(code(await checkImages(artifact, [pull], registry(ok('pullable')), false))).toBe('ok');
    expect(code(await checkImages(artifact, [pull], registry(ok('missing')), false))).toBe('E_DEPS_IMAGE_MISSING');
    const down = err(failure('E_NETWORK_UNREACHABLE', 'no route'));
    expect(await checkImages(artifact, [pull], registry(down), false)).toEqual(down);
    expect(asked).toEqual([loki, loki, loki]);
    const offline = await checkImages(artifact, [pull], registry(ok('pullable')), true);
    expect(offline).toMatchObject({
      failure: { code: 'E_DEPS_IMAGE_MISSING', hint: expect.stringContaining('import') },
    });
    expect(asked).toHaveLength(3);
  });
});

describe('an image at the moment that it is used', () => {
  it('must be here and the locked one', async () => {
    expect(code(await confirmImage(loki, artifact, engine(identity())))).toBe('ok');
    expect(code(await confirmImage(loki, artifact, fakeEngine()))).toBe('ok');
    expect(code(await confirmImage(loki, artifact, engine(undefined)))).toBe('E_DEPS_IMAGE_MISSING');
    expect(code(await confirmImage(loki, artifact, engine(other)))).toBe('E_PROOF_IMAGE_MISMATCH');
  });

  it('must be what the container is then made of', () => {
    expect(code(confirmRunning(loki, identity(), artifact))).toBe('ok');
    expect(code(confirmRunning(loki, undefined, artifact))).toBe('ok');
    expect(code(confirmRunning(loki, other, artifact))).toBe('E_PROOF_IMAGE_MISMATCH');
  });
});
