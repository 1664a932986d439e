import {
  type Artifact,
  type EnginePort,
  err,
  failure,
  type ImageIdentity,
  ok,
  type Result,
} from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { makeArtifact } from '../../../tests/support/artifact.ts';
import { digest, identity, lockedImage } from '../../../tests/support/images.ts';
import { fakeEngine } from '../../../tests/support/ports.ts';
import { checkImages, confirmImage, confirmRunning, observeMisnamed } from './images.ts';
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
const seen = (of: Artifact, misnamed = new Map<string, string>()) => ({ artifact: of, misnamed });
const code = (result: Result<void>) => (result.ok ? 'ok' : result.failure.code);

const onlyLoki = { ...engine(other), identity: async (image: string) => ok(image === loki ? other : identity()) };

describe('checkImages', () => {
  it('must accept the locked images, any where nothing is locked, and an engine without images', async () => {
    expect(code(await checkImages(seen(artifact), [], engine(identity()), false))).toBe('ok');
    expect(code(await checkImages(seen(unlocked), [], engine(other), false))).toBe('ok');
    expect(code(await checkImages(seen(artifact), [], fakeEngine(), false))).toBe('ok');
    expect(code(await checkImages(seen(artifact), [], engine(undefined), true))).toBe('ok');
  });

  it('must refuse another image, one for another machine, and one that cannot be looked at', async () => {
    expect(code(await checkImages(seen(artifact), [], engine(other), false))).toBe('E_PROOF_IMAGE_MISMATCH');
    // What is misnamed gets its name back before it is used.
    expect(code(await checkImages(seen(artifact, new Map([[loki, 'id']])), [], onlyLoki, false))).toBe('ok');
    const arm = engine(identity({ runsHere: false }));
    expect(code(await checkImages(seen(unlocked), [], arm, false))).toBe('E_DEPS_IMAGE_PLATFORM');
    const gone = err(failure('E_RUNTIME_ENGINE_UNREACHABLE', 'gone'));
    const away = { ...fakeEngine(), identity: async () => gone };
    expect(await checkImages(seen(artifact), [], away, false)).toEqual(gone);
  });

  it('must refuse a pull that cannot succeed, and ask nobody where that is forbidden', async () => {
    const asked: string[] = [];
    const registry = (where: Awaited<ReturnType<NonNullable<EnginePort['image']>>>) =>
      engine(undefined, async (image) => {
        asked.push(image);
        return where;
      });
    expect(code(await checkImages(seen(artifact), [pull], registry(ok('pullable')), false))).toBe('ok');
    expect(code(await checkImages(seen(artifact), [pull], registry(ok('missing')), false))).toBe(
      'E_DEPS_IMAGE_MISSING',
    );
    const down = err(failure('E_NETWORK_UNREACHABLE', 'no route'));
    expect(await checkImages(seen(artifact), [pull], registry(down), false)).toEqual(down);
    expect(asked).toEqual([loki, loki, loki]);
    const offline = await checkImages(seen(artifact), [pull], registry(ok('pullable')), true);
    expect(offline).toMatchObject({
      failure: { code: 'E_DEPS_IMAGE_MISSING', hint: expect.stringContaining('import') },
    });
    expect(asked).toHaveLength(3);
  });
});

describe('observeMisnamed', () => {
  /** Loki's name stands for `named`; on the host is, by its digest, the image `here`. */
  const host = (
    named: ImageIdentity | undefined,
    here: ImageIdentity | undefined,
    asked: string[][] = [],
  ): EnginePort => ({
    ...fakeEngine(),
    identity: async (image) => ok(image === loki ? named : identity()),
    async find(image, digests) {
      asked.push([image, ...digests]);
      return ok(here && { id: here.configDigest, identity: here });
    },
  });
  const misnamed = async (of: Artifact, engine: EnginePort) => {
    const found = await observeMisnamed(of, engine);
    return found.ok ? [...found.value] : found.failure.code;
  };

  it('must find the locked image where its name stands for another or for none, by any digest of the lock', async () => {
    const asked: string[][] = [];
    expect(await misnamed(artifact, host(other, identity(), asked))).toEqual([[loki, digest('a')]]);
    expect(asked).toEqual([[loki, digest('a'), digest('2'), digest('1')]]);
    expect(await misnamed(artifact, host(undefined, identity()))).toEqual([[loki, digest('a')]]);
  });

  it('must find nothing where the name is right, nothing is locked, or what is here is not it', async () => {
    expect(await misnamed(artifact, host(identity(), identity()))).toEqual([]);
    expect(await misnamed(unlocked, host(other, identity()))).toEqual([]);
    expect(await misnamed(artifact, host(other, undefined))).toEqual([]);
    expect(await misnamed(artifact, host(other, identity({ configDigest: digest('c') })))).toEqual([]);
    expect(await misnamed(artifact, fakeEngine())).toEqual([]);
  });

  it('must not be guessed where the engine does not say', async () => {
    const gone = err(failure('E_RUNTIME_ENGINE_UNREACHABLE', 'gone'));
    expect(await misnamed(artifact, { ...fakeEngine(), identity: async () => gone })).toBe(gone.failure.code);
    expect(await misnamed(artifact, { ...host(other, undefined), find: async () => gone })).toBe(gone.failure.code);
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
