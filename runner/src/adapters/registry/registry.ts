import { err, failure, type LockedImage, ok, type Result, sha256 } from '@plumbline/contracts';
import { digestsOf, parseDocument, platformText } from '../docker/digests.ts';
import { referenceOf } from './reference.ts';
import { openRegistry } from './session.ts';

const INDEXES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];
const MANIFESTS = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];
const ACCEPTED = [...INDEXES, ...MANIFESTS].join(', ');

/**
 * What a registry has behind a pin: the digest of what the tag names and, of every platform, those of manifest and
 * configuration. Each digest is of the bytes that came. undefined where the registry has no such image for this user.
 */
export async function askRegistry(
  pin: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Result<LockedImage | undefined>> {
  const reference = referenceOf(pin);
  const ask = openRegistry(reference, env);
  const documents = new Map<string, Uint8Array>();
  const read = async (path: string, wanted?: string): Promise<Result<string | undefined>> => {
    const answer = await ask(path, path.startsWith('blobs/') ? '*/*' : ACCEPTED);
    if (!answer.ok || answer.value === 'absent') return answer.ok ? ok(undefined) : answer;
    const digest = `sha256:${sha256(answer.value)}`;
    if (wanted !== undefined && digest !== wanted) return err(badAnswer(pin, `${wanted} is ${digest} when it comes`));
    documents.set(digest, answer.value);
    return ok(digest);
  };
  const { tag } = reference;
  const top = await read(`manifests/${tag}`, tag.startsWith('sha256:') ? tag : undefined);
  if (!top.ok || top.value === undefined) return top.ok ? ok(undefined) : top;
  const document = parseDocument(documents.get(top.value));
  if (document?.config !== undefined) return single(pin, top.value, document.config.digest, read, documents);
  const platforms: Record<string, LockedImage['platforms'][string]> = {};
  // What is attested of an image is listed beside it, as of an unknown platform.
  const listed = (document?.manifests ?? []).filter(({ platform }) => (platform?.os ?? 'unknown') !== 'unknown');
  for (const { digest, platform = {} } of listed) {
    const name = platformText(platform);
    if (platforms[name] !== undefined) continue;
    const found = await read(`manifests/${digest}`, digest);
    if (!found.ok) return found;
    const digests = digestsOf(digest, name, documents);
    if (digests === undefined) return err(badAnswer(pin, `it lists ${digest}, and has no manifest of that digest`));
    platforms[name] = { manifest_digest: digest, config_digest: digests.configDigest };
  }
  if (Object.keys(platforms).length === 0) return err(badAnswer(pin, 'it has neither a manifest nor an index'));
  return ok({ index_digest: top.value, platforms });
}

/** An image for one platform says only in its configuration for which. */
async function single(
  pin: string,
  manifest: string,
  config: string,
  read: (path: string, wanted: string) => Promise<Result<string | undefined>>,
  documents: ReadonlyMap<string, Uint8Array>,
): Promise<Result<LockedImage>> {
  const found = await read(`blobs/${config}`, config);
  if (!found.ok) return found;
  const platform = parseDocument(documents.get(config));
  if (platform === undefined) return err(badAnswer(pin, `it has no configuration ${config}`));
  const name = platformText(platform);
  return ok({ index_digest: manifest, platforms: { [name]: { manifest_digest: manifest, config_digest: config } } });
}

function badAnswer(pin: string, why: string) {
  return failure('E_NETWORK_BAD_ANSWER', `the registry of ${pin}: ${why}`);
}
