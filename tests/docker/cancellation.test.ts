import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Deployment, ended, eventually, makeDeployment } from '../support/deployment.ts';
import { describeDocker, type Engine } from '../support/docker.ts';
import { statuses } from '../support/pipelines.ts';
import { startRegistry } from '../support/registry.ts';
import { instances, replacedSince } from '../support/services.ts';
import { type SlowRegistry, slowly } from '../support/slow-registry.ts';

/** Makes an image of Grafana's stand-in that only the registry has, and gives the digest of the layer that is new in it. */
async function onlyThere(name: string, d: Deployment, docker: Engine): Promise<string> {
  const file = join(d.root, 'a file');
  writeFileSync(file, name);
  const id = await docker.docker('create', docker.images.grafana);
  await docker.docker('cp', file, `${id}:/a-file`);
  await docker.docker('commit', id, name);
  await docker.docker('rm', id);
  await docker.docker('push', '--quiet', name);
  await docker.docker('rmi', name);
  const [address, repository, tag] = name.split(/\/(.*):/) as [string, string, string];
  const accept = 'application/vnd.docker.distribution.manifest.v2+json';
  const manifest = await fetch(`http://${address}/v2/${repository}/manifests/${tag}`, { headers: { accept } });
  const { layers } = (await manifest.json()) as { layers: { digest: string }[] };
  return layers.at(-1)?.digest as string;
}

async function heldPull(d: Deployment, registry: SlowRegistry) {
  const run = d.start('up');
  const end = ended(run);
  await eventually('the layer to be asked for', () => registry.waiting() > 0, 240_000);
  return { run, end };
}

await describeDocker('a pull that does not end', (docker) => {
  it('must end with the first Ctrl-C, and the next run finish the job', async () => {
    await using place = docker.project();
    await using real = await startRegistry(place.root);
    await using registry = await slowly(real);
    await using d = await makeDeployment(docker);
    writeFileSync(join(d.logs, 'app.log'), 'a line\n');
    const up = await d.plumb('up');
    expect(up.stdout, up.stderr).toMatch(/^green/);
    const before = await instances(d);

    const pin = `${registry.address}/${place.name}/grafana:1`;
    const layer = await onlyThere(pin, d, docker);
    d.configure((config) => {
      config.image_pins.grafana = pin;
    });
    registry.hold(layer);
    const { run, end } = await heldPull(d, registry);
    run.kill('SIGINT');
    const { code, stdout, stderr } = await end;
    expect(code, `${stdout}${stderr}`).toBe(130);
    expect(d.summary()).toMatchObject({ status: 'interrupted', errors: [{ code: 'E_ENV_INTERRUPTED' }] });
    expect(statuses(d.summary())).toMatchObject({ apply: 'fail', rollback: 'pass', reverify: 'pass' });
    expect(d.report('apply').operations.map(({ op, outcome }) => `${op} ${outcome}`)).toContain('pull failed');
    expect(await replacedSince(before, d)).toEqual([]);

    registry.hold(undefined);
    const again = await d.plumb('up');
    expect(again.stdout, again.stderr).toMatch(/^green/);
    expect(await replacedSince(before, d)).toEqual(['grafana']);
    expect((await d.plumb('down')).code).toBe(0);
    await docker.docker('rmi', pin);
  });
});
