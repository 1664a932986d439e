import { err, failure, type ImageIdentity, ok, type Result } from '@plumbline/contracts';
import { isSameImage } from '../registry/reference.ts';
import { bytesOf, readTar } from '../tar.ts';
import type { DockerApi, Image } from './api.ts';
import { type Digests, digestsOf, platformText } from './digests.ts';

/**
 * Which image a name or an id stands for; undefined where the daemon has none of it. `tag`: the name that it goes by, where
 * it is asked for by its id.
 */
export type Identify = (image: string, tag?: string) => Promise<Result<ImageIdentity | undefined>>;

/** No index, manifest or configuration is larger; what is, is a layer. */
const DOCUMENT_BYTES = 4 << 20;
const BLOB = /^blobs\/sha256\/([0-9a-f]{64})$/;

interface Daemon {
  readonly platform: string;
  /** Whether containerd keeps its images: then their ids are digests of indexes and manifests (docker/cli#5526). */
  readonly containerd: boolean;
}

/** Identities as a daemon tells them. What an id stands for never changes, and is looked up until it was told once. */
export function createIdentities(api: DockerApi): Identify {
  const daemon = untilTold(() => look(api));
  const known = new Map<string, () => Promise<Result<Digests>>>();
  const digests = (id: string, platform: string) => {
    const ask = known.get(id) ?? untilTold(() => fromArchive(id, platform, api));
    known.set(id, ask);
    return ask();
  };
  return async (name, tag = name) => {
    const on = await daemon();
    if (!on.ok) return on;
    const image = await api.image(name);
    if (!image.ok || image.value === undefined) return image.ok ? ok(undefined) : image;
    const platform = platformOf(image.value);
    const runsHere = sameMachine(platform, on.value.platform);
    const from = pulledAs(image.value, tag);
    const about = { platform, runsHere, indexDigest: from ?? null };
    const { Id } = image.value;
    if (!on.value.containerd) return ok({ ...about, configDigest: Id, manifestDigest: null });
    const inside = await digests(Id, platform);
    return inside.ok ? ok({ ...about, ...inside.value }) : inside;
  };
}

/** Asks once for all who ask meanwhile and later; after a failure, which a daemon that is back has no part in, anew. */
function untilTold<T>(ask: () => Promise<Result<T>>): () => Promise<Result<T>> {
  let asked: Promise<Result<T>> | undefined;
  return () => {
    asked ??= ask().then((answer) => {
      if (!answer.ok) asked = undefined;
      return answer;
    });
    return asked;
  };
}

async function look(api: DockerApi): Promise<Result<Daemon>> {
  const [version, info] = await Promise.all([api.version(), api.info()]);
  if (!version.ok) return version;
  if (!info.ok) return info;
  const status = (info.value.DriverStatus ?? []) as readonly (readonly [string, string])[];
  const containerd = status.some(([key, value]) => key === 'driver-type' && value.startsWith('io.containerd.'));
  return ok({ platform: platformText({ os: version.value.Os, architecture: version.value.Arch }), containerd });
}

/** What names an image's configuration on a store that shows manifests only: its documents, as `docker save` gives them. */
async function fromArchive(id: string, platform: string, api: DockerApi): Promise<Result<Digests>> {
  const archive = await api.archive([id]);
  if (!archive.ok) return archive;
  const documents = new Map<string, Uint8Array>();
  try {
    for await (const { name, size, body } of readTar(archive.value)) {
      const hex = BLOB.exec(name)?.[1];
      if (hex === undefined || size > DOCUMENT_BYTES) continue;
      documents.set(`sha256:${hex}`, await bytesOf(body));
      const found = digestsOf(id, platform, documents);
      // The layers behind it are of no interest, and may be large.
      if (found !== undefined) return ok(found);
    }
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    return err(failure('E_RUNTIME_ENGINE_UNREACHABLE', `the Docker daemon broke off while it gave ${id}: ${why}`));
  }
  return err(failure('E_ENV_UNREADABLE', `the Docker daemon does not tell which configuration ${id} has`));
}

function platformOf(image: Image): string {
  const { Os, Architecture, Variant } = image as Image & { readonly Variant?: string };
  return platformText({ os: Os, architecture: Architecture, ...(Variant === undefined ? {} : { variant: Variant }) });
}

/** A variant says how new a machine has to be, which is for the image's publisher to know. */
function sameMachine(platform: string, own: string): boolean {
  const machine = (text: string) => text.split('/').slice(0, 2).join('/');
  return machine(platform) === machine(own);
}

/** The digest that a tag was pulled by or pushed as: one image may be in many repositories, by another digest in each. */
function pulledAs({ RepoDigests }: Image, tag: string): string | undefined {
  const named = (RepoDigests ?? []).map((name) => name.split('@') as [string, string]);
  return named.find(([repository]) => isSameImage(`${repository}:x`, tag.replace(/(?::[^:/@]+)?(?:@.*)?$/, ':x')))?.[1];
}
