import { appendFileSync, existsSync, readlinkSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Deployment, makeDeployment } from '../support/deployment.ts';
import { describeDocker, type OwnEngine, startOwnEngine } from '../support/docker.ts';
import { startRegistry } from '../support/registry.ts';

const lokiTemplate = 'config/stacks/observability/templates/loki/loki.yml.j2';
const codes = (d: Deployment) => [...new Set(d.summary().errors.map(({ code }) => code))];

/** Fills the engine's disk but for so many bytes. Whoever runs on it may take some of the room meanwhile. */
function fill(engine: OwnEngine, leave: number): { empty(): void } {
  const file = join(engine.data(), 'ballast');
  const { bavail, bsize } = statfsSync(engine.data());
  const block = Buffer.alloc(bsize);
  writeFileSync(file, Buffer.alloc(Math.max(0, bavail * bsize - leave - (1 << 20))));
  try {
    for (let left = statfsSync(engine.data()).bavail * bsize; left > leave; left -= bsize) appendFileSync(file, block);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ENOSPC') throw thrown;
  }
  return { empty: () => rmSync(join(engine.data(), 'ballast')) };
}

await describeDocker('a disk of the engine that is full', () => {
  it('must be told while an image is pulled and while a container is made, with what runs left alone', async () => {
    await using engine = await startOwnEngine({ room: '2g' });
    await using place = engine.project();
    await using registry = await startRegistry(place.root);
    await using d = await makeDeployment(engine);
    writeFileSync(join(d.logs, 'app.log'), 'a line\n');
    // Its program is a layer that no other image has.
    const { prometheus } = engine.images;
    const pulled = `${registry.address}/${prometheus}`;
    await engine.docker('tag', prometheus, pulled);
    await engine.docker('push', '--quiet', pulled);
    await engine.docker('rmi', prometheus, pulled);
    d.configure((config) => {
      config.image_pins.prometheus = pulled;
    });

    const during = fill(engine, 16 << 20);
    const first = await d.plumb('up');
    expect(first.code, first.stdout).toBe(2);
    expect(codes(d)).toEqual(['E_ENV_DISK_FULL']);
    expect(first.stdout).toMatch(/docker pull failed \(.*\): .*no space left on device/);
    expect(existsSync(join(d.deployRoot, 'current'))).toBe(false);
    expect(await d.engine.observe()).toEqual({ ok: true, value: [] });
    during.empty();
    const up = await d.plumb('up');
    expect(up.stdout, up.stderr).toMatch(/^green/);

    const containers = async () => {
      const seen = await d.engine.observe();
      return Object.fromEntries((seen.ok ? seen.value : []).map(({ service, instance }) => [service, instance]));
    };
    const [before, verified] = [await containers(), readlinkSync(join(d.deployRoot, 'verified'))];
    expect(Object.keys(before)).toHaveLength(6);
    d.edit(lokiTemplate, (text) => text.replace('replication_factor: 1', 'replication_factor: 1 # changed'));
    const after = fill(engine, 0);
    const full = await d.plumb('up');
    // What still runs has no room either: whether it holds its proof again is for it to say.
    expect([2, 3], full.stdout).toContain(full.code);
    expect(codes(d)[0]).toBe('E_ENV_DISK_FULL');
    expect(readlinkSync(join(d.deployRoot, 'current'))).toBe(verified);
    expect(await containers()).toEqual(before);
    after.empty();
    const changed = await d.plumb('up');
    expect(changed.stdout, changed.stderr).toMatch(/^green/);
    expect((await containers()).loki).not.toBe(before.loki);
  });
});
