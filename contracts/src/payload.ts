import { hashOf, sha256 } from './canonical.ts';
import { failure } from './failure.ts';
import type { Artifact } from './generated/types.ts';
import type { FilesPort } from './ports.ts';
import { err, ok, type Result } from './result.ts';
import type { Input } from './step.ts';

/** The files of an artifact by their path in the payload. */
export type Payload = ReadonlyMap<string, Uint8Array>;

/**
 * Reads every file that an artifact names, and no other, each with the bytes that it names (seed 001, payload
 * contract). Whatever is missing, extra, changed or leads out of its folder is E_PROOF_ARTIFACT_MISMATCH with its place.
 */
export async function readPayload(
  input: Pick<Input<Artifact>, 'data' | 'path'>,
  files: FilesPort,
): Promise<Result<Payload>> {
  const { generation, ...content } = input.data;
  const mismatch = (message: string, file: string) =>
    err(failure('E_PROOF_ARTIFACT_MISMATCH', message, { place: { file } }));
  if (hashOf(content) !== generation)
    return mismatch('the artifact is not the one that its generation names', input.path);
  const escaping = pathsOf(input.data).find((path) => !isBelow(path));
  if (escaping !== undefined) return mismatch(`"${escaping}" leads out of its folder`, input.path);
  const { compose_file } = input.data;
  if (!input.data.files.some((file) => file.path === compose_file))
    return mismatch(`${compose_file} is not among the files of the artifact`, input.path);
  const folder = `${input.path.slice(0, input.path.lastIndexOf('/'))}/${input.data.payload_dir}`;
  const present = await files.list(folder);
  if (!present.ok) return present;
  const named = new Set(input.data.files.map((file) => file.path));
  const extra = present.value.find((path) => !named.has(path));
  if (extra !== undefined) return mismatch(`${extra} is not in the artifact`, `${folder}/${extra}`);
  const there = new Set(present.value);
  const payload = new Map<string, Uint8Array>();
  for (const { path, sha256: expected } of input.data.files) {
    if (!there.has(path)) return mismatch(`${path} is missing`, `${folder}/${path}`);
    const bytes = await files.read(`${folder}/${path}`);
    if (!bytes.ok) return bytes;
    if (sha256(bytes.value) !== expected)
      return mismatch(`${path} is not the file that the artifact names`, `${folder}/${path}`);
    payload.set(path, bytes.value);
  }
  return ok(payload);
}

/** Everything in an artifact that becomes a path of this host. */
function pathsOf({ payload_dir, compose_file, files, services }: Artifact): readonly string[] {
  return [
    payload_dir,
    compose_file,
    ...files.map((file) => file.path),
    ...Object.values(services).map((service) => service.store),
  ];
}

function isBelow(path: string): boolean {
  return !path.includes('\0') && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}
