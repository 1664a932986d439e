/** Documents of an image by their digest: indexes, manifests and configurations (OCI image specification). */
export type Documents = ReadonlyMap<string, Uint8Array>;

/** What a digest turned out to name. */
export interface Digests {
  readonly manifestDigest: string;
  readonly configDigest: string;
}

/** For what an image is made. */
export interface Platform {
  readonly os?: string;
  readonly architecture?: string;
  readonly variant?: string;
}

/** What is read of an index, a manifest or a configuration. */
export interface ImageDocument extends Platform {
  /** Of a manifest. */
  readonly config?: { readonly digest: string };
  /** Of an index. */
  readonly manifests?: readonly { readonly digest: string; readonly platform?: Platform }[];
}

/**
 * The manifest for a platform and its configuration, from the digest of an index or of a manifest; undefined where a
 * document on the way is not among those that are given. Pure.
 */
export function digestsOf(digest: string, platform: string, documents: Documents): Digests | undefined {
  const document = parseDocument(documents.get(digest));
  const config = document?.config?.digest;
  if (config !== undefined) return { manifestDigest: digest, configDigest: config };
  const found = document?.manifests?.find(
    (one) => one.platform !== undefined && platformText(one.platform) === platform,
  );
  return found === undefined ? undefined : digestsOf(found.digest, platform, documents);
}

/** As linux/arm/v7; arm64 is the same with its only variant and without (OCI image index, "platform"). Pure. */
export function platformText({ os, architecture, variant }: Platform): string {
  const name = `${os ?? 'unknown'}/${architecture ?? 'unknown'}`;
  const only = name === 'linux/arm64' && variant === 'v8';
  return variant === undefined || variant === '' || only ? name : `${name}/${variant}`;
}

/** undefined where there is none, or it is no JSON object. Pure. */
export function parseDocument(bytes: Uint8Array | undefined): ImageDocument | undefined {
  if (bytes === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
