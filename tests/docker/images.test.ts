import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ImagesLock, Provenance, Report } from '@plumbline/contracts';
import { expect, it } from 'vitest';
import { sha256 } from '../../contracts/src/index.ts';
import { type Deployment, makeDeployment } from '../support/deployment.ts';
import { describeDocker, type Engine, startNewerEngine } from '../support/docker.ts';
import { type Entries, rewriteArchive } from '../support/image-archive.ts';
import { type Registry, startRegistry } from '../support/registry.ts';

const LONG = 300_000;

/** A deployment whose images are those of the tests, behind tags of a registry of its own. */
async function fromRegistry(docker: Engine, registry: Registry): Promise<Deployment> {
  const d = await makeDeployment(docker);
  writeFileSync(join(d.logs, 'app.log'), 'a line\n');
  const pins: string[] = [];
  d.configure((config) => {
    for (const [service, pin] of Object.entries(config.image_pins)) {
      pins.push(pin);
      config.image_pins[service] = `${registry.address}/${pin}`;
    }
  });
  for (const pin of pins) {
    await docker.docker('tag', pin, `${registry.address}/${pin}`);
    await docker.docker('push', '--quiet', `${registry.address}/${pin}`);
  }
  return d;
}

const pinsOf = (d: Deployment): readonly string[] =>
  Object.values(JSON.parse(readFileSync(d.configFile, 'utf8')).image_pins as Record<string, string>).sort();
const pinOf = (d: Deployment, part: string) => pinsOf(d).find((pin) => pin.includes(part)) as string;
const lockFile = (d: Deployment) => join(d.root, 'config/images.lock.json');
const lockOf = (d: Deployment): ImagesLock => JSON.parse(readFileSync(lockFile(d), 'utf8'));
const codes = (d: Deployment) => [...new Set(d.summary().errors.map(({ code }) => code))];
const errorOf = (stdout: string): { code: string; message: string; hint: string } => JSON.parse(stdout).error;
const containers = (docker: Engine, d: Deployment) =>
  docker.docker('ps', '--quiet', '--no-trunc', '--filter', `label=com.docker.compose.project=${d.project}`);

await describeDocker('images that are locked', (docker) => {
  it(
    'must come to a host without a registry, be proved there, and be caught where another is behind a tag',
    async () => {
      await using place = docker.project();
      await using registry = await startRegistry(place.root);
      await using d = await fromRegistry(docker, registry);
      expect((await d.plumb('images', 'lock', '--check', '--json')).code).toBe(2);
      const locked = await d.plumb('images', 'lock');
      expect(locked.code, locked.stderr).toBe(0);
      const text = readFileSync(lockFile(d), 'utf8');
      expect((await d.plumb('images', 'lock')).stdout).toContain('nothing changed');
      expect(readFileSync(lockFile(d), 'utf8')).toBe(text);
      expect((await d.plumb('images', 'lock', '--check')).code).toBe(0);

      const first = await d.plumb('up');
      expect(first.stdout, first.stderr).toMatch(/^green/);
      const provenance: Provenance = JSON.parse(readFileSync(join(d.deployRoot, 'current/provenance.json'), 'utf8'));
      for (const { image, identity } of Object.values(provenance.services)) {
        const entry = lockOf(d).images[image];
        expect(identity).toEqual({
          tag: image,
          index_digest: entry?.index_digest,
          manifest_digest: entry?.platforms['linux/amd64']?.manifest_digest,
          config_digest: entry?.platforms['linux/amd64']?.config_digest,
          platform: 'linux/amd64',
        });
        expect(identity?.index_digest).toMatch(/^sha256:/);
      }

      // Another image behind a tag: before apply, by apply alone, and after.
      const loki = pinOf(d, 'loki');
      const stood = await containers(docker, d);
      await docker.docker('tag', docker.images.probe, loki);
      const refused = await d.plumb('up');
      expect(refused.code, refused.stdout).toBe(2);
      expect(codes(d)).toEqual(['E_PROOF_IMAGE_MISMATCH']);
      const alone = await d.plumb('step', 'apply');
      expect(alone.code, alone.stdout).toBe(2);
      expect(codes(d)).toEqual(['E_PROOF_IMAGE_MISMATCH']);
      const [mismatch] = (d.report('apply') as Report).checks;
      const wanted = lockOf(d).images[loki]?.platforms['linux/amd64']?.config_digest;
      const probe = await docker.docker('inspect', '--format', '{{.Id}}', docker.images.probe);
      expect(mismatch?.evidence).toMatchObject({ image: loki, locked: wanted, found: probe });
      expect((await d.plumb('step', 'verify', '--param', 'levels=L7')).code).toBe(2);
      expect(codes(d)).toEqual(['E_PROOF_PROVENANCE_MISMATCH']);
      expect(await containers(docker, d)).toBe(stood);
      await docker.docker('tag', docker.images.loki, loki);
      expect((await d.plumb('step', 'verify', '--param', 'levels=L7')).code).toBe(0);

      const file = join(d.root, 'images.tar');
      const exported = await d.plumb('images', 'export', file, '--json');
      expect(exported.code, exported.stderr).toBe(0);
      const told = JSON.parse(exported.stdout);
      expect(told.images).toEqual(pinsOf(d));
      expect(told.sha256).toBe(sha256(readFileSync(file)));

      await registry.stop();
      expect((await d.plumb('down')).stdout).toMatch(/^green/);
      await docker.docker('rmi', '--force', ...pinsOf(d));
      const down = await d.plumb('up');
      expect(down.code, down.stdout).toBe(2);
      expect(codes(d)).toEqual(['E_NETWORK_UNREACHABLE']);
      d.configure((config) => {
        config.offline_mode = true;
      });
      const missing = await d.plumb('up');
      expect(missing.code, missing.stdout).toBe(2);
      expect(codes(d)).toEqual(['E_DEPS_IMAGE_MISSING']);
      expect(missing.stdout).toContain('./plumb images import FILE');
      expect((await d.plumb('step', 'apply')).stdout).toContain('./plumb images import FILE');
      expect(codes(d)).toEqual(['E_DEPS_IMAGE_MISSING']);
      const imported = await d.plumb('images', 'import', file);
      expect(imported.code, imported.stderr).toBe(0);
      const again = await d.plumb('up');
      expect(again.stdout, again.stderr).toMatch(/^green/);
    },
    LONG,
  );

  it(
    'must not be loaded from an archive that is not as it was exported, and be the same on either image store',
    async () => {
      await using place = docker.project();
      await using registry = await startRegistry(place.root);
      await using d = await makeDeployment(docker);
      const [probe, other] = [`${registry.address}/probe:1`, `${registry.address}/exporter:1`];
      d.configure((config) => {
        for (const service of Object.keys(config.image_pins))
          config.image_pins[service] = service === 'loki' ? other : probe;
      });
      await docker.docker('tag', docker.images.probe, probe);
      await docker.docker('push', '--quiet', probe);
      // This one is in no registry: it is known by its configuration alone.
      await docker.docker('tag', docker.images['node-exporter'], other);
      expect((await d.plumb('images', 'lock')).code).toBe(0);
      const local = lockOf(d).images[other];
      expect(local?.index_digest).toBeNull();
      const id = await docker.docker('inspect', '--format', '{{.Id}}', other);
      expect(local?.platforms).toEqual({ 'linux/amd64': { manifest_digest: null, config_digest: id } });
      const file = join(d.root, 'images.tar');
      expect((await d.plumb('images', 'export', file)).code).toBe(0);
      await docker.docker('rmi', probe, other);

      const bad = join(d.root, 'bad.tar');
      const importing = async (path: string) => {
        const { code, stdout } = await d.plumb('images', 'import', path, '--json');
        expect(code, stdout).toBe(2);
        return errorOf(stdout).code;
      };
      const edited = async (change: (entries: Entries) => void) => {
        await rewriteArchive(file, bad, change);
        return importing(bad);
      };
      copyFileSync(file, bad);
      const bytes = readFileSync(bad);
      const at = Math.floor(bytes.length / 2);
      bytes[at] = (bytes[at] as number) ^ 1;
      writeFileSync(bad, bytes);
      expect(await importing(bad)).toBe('E_PROOF_ARCHIVE_DAMAGED');
      copyFileSync(file, bad);
      truncateSync(bad, at);
      expect(await importing(bad)).toBe('E_PROOF_ARCHIVE_DAMAGED');
      expect(await edited((entries) => entries.delete('plumbline.json'))).toBe('E_PROOF_ARCHIVE_DAMAGED');
      expect(await edited((entries) => entries.set('more', { target: '', bytes: Buffer.from('x') }))).toBe(
        'E_PROOF_ARCHIVE_DAMAGED',
      );
      // Whole, and with another image under the name, or without it.
      const relist = (change: (images: { RepoTags: string[] }[]) => unknown) => (entries: Entries) => {
        const text = (name: string) => JSON.parse(String(entries.get(name)?.bytes));
        const put = (name: string, value: unknown) =>
          entries.set(name, { target: '', bytes: Buffer.from(JSON.stringify(value)) });
        put('manifest.json', change(text('manifest.json')));
        const list = text('plumbline.json');
        const bytesOf = entries.get('manifest.json')?.bytes as Buffer;
        list.entries['manifest.json'] = { sha256: sha256(bytesOf), size: bytesOf.length };
        put('plumbline.json', list);
      };
      const swap = relist((images) =>
        images.map((image) => ({ ...image, RepoTags: image.RepoTags[0] === probe ? [other] : [probe] })),
      );
      expect(await edited(swap)).toBe('E_PROOF_IMAGE_MISMATCH');
      const without = relist((images) => images.filter(({ RepoTags }) => RepoTags[0] !== probe));
      expect(await edited(without)).toBe('E_DEPS_IMAGE_MISSING');
      expect(await importing(join(d.root, 'nowhere.tar'))).toBe('E_CONFIG_NOT_FOUND');
      await expect(docker.docker('inspect', probe)).rejects.toThrow();

      await rewriteArchive(file, bad, () => undefined);
      expect((await d.plumb('images', 'import', bad)).code).toBe(0);
      await using newer = await startNewerEngine();
      const there = await d.plumbWith(newer.env, 'images', 'import', file, '--json');
      expect(there.code, there.stdout).toBe(0);
      // Its ids are other digests, and the images are the same.
      expect(await newer.docker('inspect', '--format', '{{.Id}}', other)).not.toBe(id);
      expect((await d.plumbWith(newer.env, 'images', 'lock', '--check')).code).toBe(0);
      const back = join(d.root, 'back.tar');
      expect((await d.plumbWith(newer.env, 'images', 'export', back)).code).toBe(0);
      await docker.docker('rmi', probe, other);
      const returned = await d.plumb('images', 'import', back);
      expect(returned.code, returned.stderr).toBe(0);
      // What this daemon pulls it does not keep whole where it has the layers from elsewhere: no archive is made of that.
      await newer.docker('tag', probe, 'by-hand/probe:1');
      await newer.docker('rmi', probe);
      await newer.docker('pull', '--quiet', probe);
      const incomplete = await d.plumbWith(newer.env, 'images', 'export', back, '--json');
      expect(errorOf(incomplete.stdout)).toMatchObject({
        code: 'E_PROOF_ARCHIVE_DAMAGED',
        hint: expect.stringContaining('pull this one again'),
      });
      await newer.docker('tag', probe, other);
      const swapped = await d.plumbWith(newer.env, 'images', 'export', back, '--json');
      expect(errorOf(swapped.stdout).code).toBe('E_PROOF_IMAGE_MISMATCH');
    },
    LONG,
  );

  it(
    'must be told apart where one is missing, moved, for another machine, or its registry is down',
    async () => {
      await using place = docker.project();
      await using registry = await startRegistry(place.root);
      await using d = await fromRegistry(docker, registry);
      const pins = pinsOf(d);
      const planned = async () => (await d.plumb('up', '--dry-run')).code;
      expect(await planned()).toBe(0);
      const changed = () => readdirSync(d.deployRoot).filter((name) => name !== '.lock');
      const failing = async (part: string) => {
        const run = await d.plumb('up');
        expect(run.code, run.stdout).toBe(2);
        expect(run.stdout).toContain(part);
        expect(changed()).toEqual([]);
        return codes(d);
      };
      const cadvisor = pinOf(d, 'cadvisor');
      d.configure((config) => {
        config.image_pins['docker-metrics'] = `${registry.address}/none:1`;
      });
      expect(await failing('moved to another registry')).toEqual(['E_DEPS_IMAGE_MISSING']);
      const unlocked = await d.plumb('images', 'lock', '--json');
      expect(errorOf(unlocked.stdout).code).toBe('E_DEPS_IMAGE_MISSING');
      expect(existsSync(lockFile(d))).toBe(false);
      d.configure((config) => {
        config.image_pins['docker-metrics'] = cadvisor;
      });
      expect(await planned()).toBe(0);

      const foreign = join(d.root, 'foreign.tar');
      await docker.docker('save', '--output', foreign, docker.images.probe);
      await rewriteArchive(foreign, foreign, (entries) => {
        const list = JSON.parse(String(entries.get('manifest.json')?.bytes));
        const config = JSON.parse(String(entries.get(list[0].Config)?.bytes));
        const bytes = Buffer.from(JSON.stringify({ ...config, architecture: 'arm64' }));
        const name = `${sha256(bytes)}.json`;
        entries.set(name, { target: '', bytes });
        list[0] = { ...list[0], Config: name, RepoTags: [cadvisor] };
        entries.set('manifest.json', { target: '', bytes: Buffer.from(JSON.stringify(list)) });
        entries.delete('repositories');
      });
      await docker.docker('load', '--quiet', '--input', foreign);
      expect(await failing('is for linux/arm64')).toEqual(['E_DEPS_IMAGE_PLATFORM']);

      // Moved in the registry after it was locked: it is pulled, seen to be another, and nothing is made of it.
      await docker.docker('rmi', '--force', cadvisor);
      expect((await d.plumb('images', 'lock')).code).toBe(0);
      await docker.docker('tag', docker.images.probe, cadvisor);
      await docker.docker('push', '--quiet', cadvisor);
      await docker.docker('rmi', cadvisor);
      expect(errorOf((await d.plumb('images', 'lock', '--check', '--json')).stdout).code).toBe(
        'E_CONFIG_IMAGES_UNLOCKED',
      );
      const moved = await d.plumb('up');
      expect(moved.code, moved.stdout).toBe(2);
      expect(codes(d)).toEqual(['E_PROOF_IMAGE_MISMATCH']);
      expect(changed()).toEqual(['journal.jsonl']);
      expect(await containers(docker, d)).toBe('');
      // A pin that the lock does not know.
      d.configure((config) => {
        config.image_pins['docker-metrics'] = docker.images.cadvisor;
      });
      expect((await d.plumb('up')).stdout).toContain('./plumb images lock');
      expect(codes(d)).toEqual(['E_CONFIG_IMAGES_UNLOCKED']);
      rmSync(lockFile(d));

      await docker.docker('rmi', '--force', ...pins);
      await registry.stop();
      const dark = await d.plumb('up');
      expect(dark.code, dark.stdout).toBe(2);
      expect(codes(d)).toEqual(['E_NETWORK_UNREACHABLE']);
      await registry.start();
      expect(await planned()).toBe(0);
    },
    LONG,
  );
});
