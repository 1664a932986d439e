import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '@plumbline/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { isSameImage, referenceOf } from './reference.ts';
import { askRegistry } from './registry.ts';

describe('referenceOf', () => {
  it.each([
    ['alpine:3', 'https://registry-1.docker.io', 'library/alpine'],
    ['grafana/loki:3.0.0', 'https://registry-1.docker.io', 'grafana/loki'],
    ['docker.io/grafana/loki:3.0.0', 'https://registry-1.docker.io', 'grafana/loki'],
    ['gcr.io/cadvisor/cadvisor:v0.49.1', 'https://gcr.io', 'cadvisor/cadvisor'],
    ['127.0.0.1:5000/a/b:1', 'http://127.0.0.1:5000', 'a/b'],
    ['localhost/a:1', 'http://localhost', 'a'],
    ['127.0.0.1.example.org/a:1', 'https://127.0.0.1.example.org', 'a'],
  ])('must look for %s at %s in %s', (pin, origin, repository) => {
    expect(referenceOf(pin)).toMatchObject({ origin, repository, tag: pin.slice(pin.lastIndexOf(':') + 1) });
  });

  it('must ask for a digest where the pin has one, and for nothing else of the image', () => {
    const pinned = `sha256:${'a'.repeat(64)}`;
    const wanted = { origin: 'http://127.0.0.1:5000', repository: 'a/b', tag: pinned };
    expect(referenceOf(`127.0.0.1:5000/a/b@${pinned}`)).toMatchObject(wanted);
    expect(referenceOf(`127.0.0.1:5000/a/b:1@${pinned}`)).toMatchObject(wanted);
  });

  it('must know one image by the names that docker and people give it', () => {
    expect(isSameImage('docker.io/library/alpine:3', 'alpine:3')).toBe(true);
    expect(isSameImage('alpine:3', 'alpine:4')).toBe(false);
    expect(isSameImage('gcr.io/alpine:3', 'alpine:3')).toBe(false);
  });
});

const config = JSON.stringify({ architecture: 'amd64', os: 'linux' });
const arm = JSON.stringify({ architecture: 'arm64', os: 'linux', variant: 'v8' });
const digest = (text: string) => `sha256:${sha256(text)}`;
const manifest = (of: string) => JSON.stringify({ schemaVersion: 2, config: { digest: digest(of) }, layers: [] });
const platform = (architecture: string, os = 'linux') => ({ platform: { architecture, os } });
const index = JSON.stringify({
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.index.v1+json',
  manifests: [
    { digest: digest(manifest(config)), ...platform('amd64') },
    { digest: digest(manifest(arm)), ...platform('arm64') },
    { digest: `sha256:${'0'.repeat(64)}`, ...platform('unknown', 'unknown') },
  ],
});
const both = {
  'linux/amd64': { manifest_digest: digest(manifest(config)), config_digest: digest(config) },
  'linux/arm64': { manifest_digest: digest(manifest(arm)), config_digest: digest(arm) },
};

let server: Server | undefined;
const asked: string[] = [];

/** A registry that has these documents; with `password`, for those with the token that it gives for it. */
async function serve(documents: Readonly<Record<string, string>>, password?: string): Promise<string> {
  asked.length = 0;
  server = createServer((request, response) => {
    const { url = '', headers } = request;
    asked.push(`${url} ${headers.authorization ?? ''}`.trim());
    if (url.startsWith('/token')) {
      const good = headers.authorization === `Basic ${Buffer.from(`me:${password}`).toString('base64')}`;
      response.end(JSON.stringify(good ? { token: 'given' } : {}));
    } else if (password !== undefined && headers.authorization !== 'Bearer given') {
      const challenge = `Bearer realm="http://${headers.host}/token",service="s",scope="repository:a/b:pull"`;
      response.writeHead(401, { 'www-authenticate': challenge }).end();
    } else {
      const found = documents[url.replace('/v2/a/b/', '')];
      response.writeHead(found === undefined ? 404 : 200).end(found);
    }
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}/a/b:1`;
}

afterEach(async () => {
  await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
  server = undefined;
});

const all = {
  'manifests/1': index,
  [`manifests/${digest(manifest(config))}`]: manifest(config),
  [`manifests/${digest(manifest(arm))}`]: manifest(arm),
};

describe('askRegistry', () => {
  it('must tell an index with every platform that it lists, and leave out what is attested', async () => {
    const pin = await serve(all);
    expect(await askRegistry(pin, {})).toEqual({ ok: true, value: { index_digest: digest(index), platforms: both } });
  });

  it('must take a pin by digest for that digest, and nothing else that comes in its place', async () => {
    const there = { ...all, [`manifests/${digest(index)}`]: index };
    const pinned = async (documents: Readonly<Record<string, string>>) =>
      (await serve(documents)).replace(/:1$/, `@${digest(index)}`);
    const good = await pinned(there);
    expect(await askRegistry(good, {})).toEqual({ ok: true, value: { index_digest: digest(index), platforms: both } });
    await new Promise((resolve) => server?.close(resolve));
    const forged = await pinned({ ...there, [`manifests/${digest(index)}`]: manifest(arm) });
    expect(await askRegistry(forged, {})).toMatchObject({ failure: { code: 'E_NETWORK_BAD_ANSWER' } });
  });

  it('must tell an image without an index by its manifest, for the platform that its configuration names', async () => {
    const pin = await serve({ 'manifests/1': manifest(arm), [`blobs/${digest(arm)}`]: arm });
    const one = { 'linux/arm64': both['linux/arm64'] };
    expect(await askRegistry(pin, {})).toEqual({
      ok: true,
      value: { index_digest: digest(manifest(arm)), platforms: one },
    });
  });

  it('must tell that there is none, and not take a document for another', async () => {
    expect(await askRegistry(await serve({}), {})).toEqual({ ok: true, value: undefined });
    await new Promise((resolve) => server?.close(resolve));
    const forged = { ...all, [`manifests/${digest(manifest(config))}`]: manifest(arm) };
    expect(await askRegistry(await serve(forged), {})).toMatchObject({
      ok: false,
      failure: { code: 'E_NETWORK_BAD_ANSWER' },
    });
    await new Promise((resolve) => server?.close(resolve));
    expect(await askRegistry(await serve({ 'manifests/1': '<html>' }), {})).toMatchObject({
      ok: false,
      failure: { code: 'E_NETWORK_BAD_ANSWER' },
    });
  });

  it('must say that a registry does not answer, and what to do then', async () => {
    const pin = await serve(all);
    await new Promise((resolve) => server?.close(resolve));
    server = undefined;
    const answer = await askRegistry(pin, {});
    expect(answer).toMatchObject({ ok: false, failure: { code: 'E_NETWORK_UNREACHABLE' } });
    expect(answer.ok || answer.failure.hint).toContain('./plumb images import');
  });

  it('must get the token that the registry asks for, with what docker login has kept, and tell nobody else', async () => {
    const pin = await serve(all, 'secret');
    expect(await askRegistry(pin, { DOCKER_CONFIG: '/nowhere' })).toEqual({ ok: true, value: undefined });
    const folder = mkdtempSync(join(tmpdir(), 'plumb login '));
    const auth = Buffer.from('me:secret').toString('base64');
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ auths: { [pin.split('/')[0] as string]: { auth } } }));
    asked.length = 0;
    expect(await askRegistry(pin, { DOCKER_CONFIG: folder })).toMatchObject({ ok: true, value: { platforms: both } });
    expect(asked.filter((line) => line.includes(auth))).toEqual([
      `/token?service=s&scope=repository%3Aa%2Fb%3Apull Basic ${auth}`,
    ]);
    rmSync(folder, { recursive: true });
  });
});
