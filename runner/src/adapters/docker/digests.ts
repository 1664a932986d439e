/** Documents of an image by their digest: indexes, manifests and configurations (OCI image specification). */
export type Documents = ReadonlyMap<string, Uint8Array>;

/** What a digest turned out to name. */
export interface Digests {
  readonly manifestDigest: string;
  readonly configDigest: string;
}

interface Descriptor {
  readonly digest: string;
  readonly platform?: { readonly os?: string; readonly architecture?: string; readonly variant?: string };
}

/**
 * The manifest for a platform and its configuration, from the digest of an index or of a manifest; undefined where a
 * document on the way is not among those that are given. Pure.
 */
export function digestsOf(digest: string, platform: string, documents: Documents): Digests | undefined {
  const document = parse(documents.get(digest));
  const config = (document?.config as Descriptor | undefined)?.digest;
  if (config !== undefined) return { manifestDigest: digest, configDigest: config };
  const found = ((document?.manifests ?? []) as readonly Descriptor[]).find(
    (one) => one.platform !== undefined && platformText(one.platform) === platform,
  );
  return found === undefined ? undefined : digestsOf(found.digest, platform, documents);
}

/** As linux/arm/v7; arm64 is the same with its only variant and without (OCI image index, "platform"). Pure. */
export function platformText({ os, architecture, variant }: NonNullable<Descriptor['platform']>): string {
  const name = `${os ?? 'unknown'}/${architecture ?? 'unknown'}`;
  const only = name === 'linux/arm64' && variant === 'v8';
  return variant === undefined || variant === '' || only ? name : `${name}/${variant}`;
}

function parse(bytes: Uint8Array | undefined): Readonly<Record<string, unknown>> | undefined {
  if (bytes === undefined) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}
