import { expect, it } from 'vitest';
import { createScrubber } from '../../contracts/src/index.ts';
import { createDockerEngine } from '../../runner/src/adapters/docker/engine.ts';
import { createProcesses } from '../../runner/src/adapters/process.ts';
import { askRegistry } from '../../runner/src/adapters/registry/registry.ts';
import { describeDocker, type Engine, startNewerEngine } from '../support/docker.ts';
import { startRegistry } from '../support/registry.ts';
import { pushIndex } from '../support/registry-index.ts';

const adapter = ({ env }: Pick<Engine, 'env'>, offline = false) =>
  createDockerEngine({
    ...{ project: 'none', deployRoot: '/nowhere', offline },
    processes: createProcesses(createScrubber()),
    env,
    heldLock: () => undefined,
  });

await describeDocker('an image', (docker) => {
  it('must be one and the same to a registry and to either image store, pulled for its platform from an index', async () => {
    await using place = docker.project();
    await using registry = await startRegistry(place.root);
    await using newer = await startNewerEngine();
    const probe = `${registry.address}/probe:1`;
    const pin = `${registry.address}/indexed:1`;
    await docker.docker('tag', docker.images.probe, probe);
    await docker.docker('push', '--quiet', probe);
    const pushed = await pushIndex(registry.address, 'probe', 'indexed');
    expect(await askRegistry(pin, {})).toEqual({
      ok: true,
      value: { index_digest: pushed.index, platforms: pushed.platforms },
    });
    const [older, containerd] = [adapter(docker), adapter(newer)];
    for (const engine of [older, containerd]) {
      expect(await engine.identity?.(pin)).toEqual({ ok: true, value: undefined });
      expect(await engine.image?.(pin)).toEqual({ ok: true, value: 'pullable' });
      expect(await engine.image?.(`${registry.address}/none:1`)).toEqual({ ok: true, value: 'missing' });
      expect(await engine.pull?.(pin)).toEqual({ ok: true, value: undefined });
    }
    const own = pushed.platforms['linux/amd64'];
    const common = {
      configDigest: own?.config_digest,
      indexDigest: pushed.index,
      platform: 'linux/amd64',
      runsHere: true,
    };
    expect(await older.identity?.(pin)).toEqual({ ok: true, value: { ...common, manifestDigest: null } });
    expect(await containerd.identity?.(pin)).toEqual({
      ok: true,
      value: { ...common, manifestDigest: own?.manifest_digest },
    });
    expect(await containerd.program('any', pin)).toEqual(await older.program('any', pin));
    // The same image by another name, and another one by the same name.
    await newer.docker('tag', pin, 'by-hand/probe:1');
    expect(await containerd.identity?.('by-hand/probe:1')).toMatchObject({
      value: { configDigest: own?.config_digest },
    });
    await docker.docker('tag', docker.images['node-exporter'], pin);
    expect(await older.program('any', pin)).not.toEqual(await containerd.program('any', pin));

    await registry.stop();
    for (const at of [docker, newer]) {
      await at.docker('rmi', '--force', pin);
      expect(await adapter(at).image?.(pin)).toMatchObject({ failure: { code: 'E_NETWORK_UNREACHABLE' } });
      expect(await adapter(at).pull?.(pin)).toMatchObject({ failure: { code: 'E_NETWORK_UNREACHABLE' } });
      const offline = adapter(at, true);
      expect(await offline.image?.(pin)).toEqual({ ok: true, value: 'missing' });
      expect(await offline.pull?.(pin)).toMatchObject({ failure: { code: 'E_DEPS_IMAGE_MISSING' } });
    }
    await docker.docker('rmi', '--force', probe);
  }, 180_000);
});
