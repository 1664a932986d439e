import { type Artifact, type FilesPort, ok, type Payload, type Result, sha256, within } from '@plumbline/contracts';

const WRITABLE = 0o222;

/** The store directories of an artifact on this host. */
export interface Stores {
  /** Those that hold each file as the artifact names it. */
  readonly stores: ReadonlySet<string>;
  /** Those that are there, and are not what their name says. */
  readonly damaged: ReadonlySet<string>;
  /** Those of `stores` that somebody could write: nobody may, but nobody has. */
  readonly unsealed: ReadonlySet<string>;
}

/** Looks at every store directory that an artifact needs. Changes nothing. */
export async function observeStores(
  artifact: Artifact,
  payload: Payload,
  deployRoot: string,
  files: FilesPort,
): Promise<Result<Stores>> {
  const stores = new Set<string>();
  const damaged = new Set<string>();
  const unsealed = new Set<string>();
  for (const [name, { store }] of Object.entries(artifact.services)) {
    const folder = within(deployRoot, store);
    const there = await files.stat(folder);
    if (!there.ok) return there;
    if (there.value === undefined) continue;
    const seen = await lookAt(folder, ownFiles(name, payload), files);
    if (!seen.ok) return seen;
    (seen.value === 'damaged' ? damaged : stores).add(store);
    if (seen.value === 'unsealed') unsealed.add(store);
  }
  return ok({ stores, damaged, unsealed });
}

/** What goes into the store of a service: its files, relative to it. */
export function ownFiles(service: string, payload: Payload): Payload {
  const prefix = `${service}/`;
  return new Map(
    [...payload].flatMap(([path, bytes]) => (path.startsWith(prefix) ? [[path.slice(prefix.length), bytes]] : [])),
  );
}

/** Whether a directory holds the files that it must, and no other. */
export async function lookAt(
  folder: string,
  wanted: Payload,
  files: FilesPort,
): Promise<Result<'whole' | 'damaged' | 'unsealed'>> {
  const present = await files.list(folder);
  if (!present.ok) return present;
  if (present.value.length !== wanted.size || !present.value.every((path) => wanted.has(path))) return ok('damaged');
  let unsealed = false;
  for (const [path, bytes] of wanted) {
    const there = await files.stat(within(folder, path));
    if (!there.ok) return there;
    if (there.value?.kind !== 'file') return ok('damaged');
    const found = await files.read(within(folder, path));
    if (!found.ok) return found;
    if (sha256(found.value) !== sha256(bytes)) return ok('damaged');
    if (((there.value.mode ?? 0) & WRITABLE) !== 0) unsealed = true;
  }
  return ok(unsealed ? 'unsealed' : 'whole');
}
