import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';

/**
 * Canonical JSON (RFC 8785). Throws on what JSON cannot hold exactly (NaN, lone surrogates, undefined): that is a bug
 * of the caller.
 */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new Error('not a JSON value');
  return text;
}

/** SHA-256 of bytes, or of text as UTF-8, in lower-case hex. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** SHA-256 of a value in canonical JSON: the same for every key order. */
export function hashOf(value: unknown): string {
  return sha256(canonicalJson(value));
}
