import { expect, test } from 'vitest';
import { describeDocker, type Engine, startNewerEngine } from '../support/docker.ts';
import { digestIn, startRegistry } from '../support/registry.ts';

await describeDocker('two engines and one registry', (engine) => {
  test('a digest of the registry means the same image to both, while an id is each engine’s own', async () => {
    await using project = engine.project();
    await using registry = await startRegistry(project.root);
    await using newer = await startNewerEngine();
    const reference = `${registry.address}/plumbline/probe:1`;
    await engine.docker('tag', engine.images.probe, reference);
    await engine.docker('push', reference);
    const pinned = await digestIn(registry, reference, engine);
    await newer.docker('pull', pinned);
    const content = (from: { readonly docker: Engine['docker'] }) =>
      from.docker('inspect', '--format', '{{index .Config.Labels "plumbline.content"}}', pinned);
    expect(await content(newer)).toBe(await content(engine));
    expect(await newer.docker('inspect', '--format', '{{index .RepoDigests 0}}', pinned)).toBe(pinned);
    const id = (from: { readonly docker: Engine['docker'] }) => from.docker('inspect', '--format', '{{.Id}}', pinned);
    expect(`@${await id(newer)}`).toBe(pinned.slice(pinned.indexOf('@')));
    expect(await id(engine)).not.toBe(await id(newer));
    await expect(newer.docker('pull', pinned.replace(/[0-9a-f]{64}$/, 'ab'.repeat(32)))).rejects.toThrow('not found');
    await engine.docker('rmi', '--force', reference);
  });
});
