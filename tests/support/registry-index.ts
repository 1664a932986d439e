import { sha256 } from '../../contracts/src/index.ts';

/** What was pushed: an index, and of each platform its manifest and its configuration. */
export interface PushedIndex {
  readonly index: string;
  readonly platforms: Readonly<Record<string, { readonly manifest_digest: string; readonly config_digest: string }>>;
}

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const DOCKER = 'application/vnd.docker.distribution.manifest.v2+json';

interface Descriptor {
  readonly digest: string;
  readonly size: number;
  readonly mediaType: string;
}

/**
 * Pushes an image of a registry again as an OCI index, as buildx makes them: for two platforms, and with something
 * attested. `from` and `to`: repositories of the registry; the tag is 1.
 */
export async function pushIndex(address: string, from: string, to: string): Promise<PushedIndex> {
  const api = (repository: string) => `http://${address}/v2/${repository}`;
  const get = async (path: string) => {
    const answer = await fetch(`${api(from)}/${path}`, { headers: { accept: DOCKER } });
    return Buffer.from(await answer.arrayBuffer());
  };
  const put = async (url: string, body: Buffer, mediaType: string): Promise<Descriptor> => {
    const answer = await fetch(url, {
      method: 'PUT',
      body: new Uint8Array(body),
      headers: { 'content-type': mediaType },
    });
    if (answer.status !== 201) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
    return { digest: `sha256:${sha256(body)}`, size: body.length, mediaType };
  };
  const blob = async (bytes: Buffer, mediaType: string) => {
    const begun = await fetch(`${api(to)}/blobs/uploads/`, { method: 'POST' });
    const url = new URL(begun.headers.get('location') as string, `http://${address}`);
    url.searchParams.set('digest', `sha256:${sha256(bytes)}`);
    return { ...(await put(url.href, bytes, 'application/octet-stream')), mediaType };
  };
  const manifest = (document: object, name: string, mediaType: string) =>
    put(`${api(to)}/manifests/${name}`, Buffer.from(JSON.stringify(document)), mediaType);

  const original = JSON.parse(String(await get('manifests/1'))) as { config: Descriptor; layers: Descriptor[] };
  const config = await get(`blobs/${original.config.digest}`);
  const layers: Descriptor[] = [];
  for (const { digest } of original.layers)
    layers.push(await blob(await get(`blobs/${digest}`), 'application/vnd.oci.image.layer.v1.tar+gzip'));
  const image = async (platform: { os: string; architecture: string; variant?: string }) => {
    const bytes = Buffer.from(JSON.stringify({ ...JSON.parse(String(config)), ...platform }));
    const own = await blob(bytes, 'application/vnd.oci.image.config.v1+json');
    const document = { schemaVersion: 2, mediaType: MANIFEST, config: own, layers };
    return { ...(await manifest(document, sha256(bytes).slice(0, 12), MANIFEST)), platform, config: own.digest };
  };
  const amd64 = await image({ os: 'linux', architecture: 'amd64' });
  const arm64 = await image({ os: 'linux', architecture: 'arm64', variant: 'v8' });
  const attested = await image({ os: 'unknown', architecture: 'unknown' });
  const manifests = [amd64, arm64, attested].map(({ config: _, ...descriptor }) => descriptor);
  const index = await manifest({ schemaVersion: 2, mediaType: INDEX, manifests }, '1', INDEX);
  return {
    index: index.digest,
    platforms: {
      'linux/amd64': { manifest_digest: amd64.digest, config_digest: amd64.config },
      'linux/arm64': { manifest_digest: arm64.digest, config_digest: arm64.config },
    },
  };
}
