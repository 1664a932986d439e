import { hashOf, sha256 } from './canonical.ts';
import { failure } from './failure.ts';
import type { Artifact } from './generated/types.ts';
import { storeName } from './paths.ts';
import type { FilesPort } from './ports.ts';
import { err, ok, type Result } from './result.ts';
import type { Input } from './step.ts';

/** The files of an artifact by their path in the payload. */
export type Payload = ReadonlyMap<string, Uint8Array>;

/** A read mostly waits: one after the other, an artifact of thousands of files takes seconds. Few are open at once. */
const READS_AT_ONCE = 16;

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
  // Nothing else below the deploy root may be written in the name of a service.
  const elsewhere = Object.entries(input.data.services).find(
    ([name, service]) => service.store !== storeName(name, service.config_sha256),
  );
  if (elsewhere !== undefined)
    return mismatch(
      `the configuration of ${elsewhere[0]} would go to "${elsewhere[1].store}", which is no store of it`,
      input.path,
    );
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
  const read = await readInOrder(input.data.files, async ({ path, sha256: expected }): Promise<Result<Uint8Array>> => {
    if (!there.has(path)) return mismatch(`${path} is missing`, `${folder}/${path}`);
    const bytes = await files.read(`${folder}/${path}`);
    if (!bytes.ok || sha256(bytes.value) === expected) return bytes;
    return mismatch(`${path} is not the file that the artifact names`, `${folder}/${path}`);
  });
  return read.ok ? ok(new Map(input.data.files.map(({ path }, n) => [path, read.value[n]!]))) : read;
}

/**
 * Fails with the first item, in their order, that fails, whichever read ends first: each is begun after all those
 * before it, none is begun once one has failed, and what was begun is waited for.
 */
async function readInOrder<T>(
  items: readonly T[],
  read: (item: T) => Promise<Result<Uint8Array>>,
): Promise<Result<readonly Uint8Array[]>> {
  const results: Result<Uint8Array>[] = [];
  const waiting = items.entries();
  let failed = false;
  const reader = async () => {
    for (const [n, item] of waiting) {
      const result = await read(item);
      results[n] = result;
      failed ||= !result.ok;
      if (failed) return;
    }
  };
  await Promise.all(Array.from({ length: READS_AT_ONCE }, reader));
  const contents: Uint8Array[] = [];
  for (const result of results) {
    if (!result.ok) return result;
    contents.push(result.value);
  }
  return ok(contents);
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
