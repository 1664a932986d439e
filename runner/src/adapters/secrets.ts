import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import {
  err,
  failure,
  ok,
  type Result,
  type Scrubber,
  type SecretFile,
  type SecretsPort,
  secretIn,
} from '@plumbline/contracts';

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = constants;

const MOST_BYTES = 64 << 10;

/** Random values of this run; what is planted, and what is read, is scrubbed from all output at once. */
export function createSecrets(scrubber: Scrubber): SecretsPort {
  /** Path -> what it was when this run read it first. */
  const before = new Map<string, string>();
  const secrets: SecretsPort = {
    random: (bytes) => randomBytes(bytes).toString('hex'),
    plant(bytes) {
      const secret = randomBytes(bytes).toString('base64url');
      scrubber.add(secret);
      return secret;
    },
    clean: scrubber.text,
    async look(path) {
      const found = await lookAt(path);
      if (!found.ok || found.value === undefined) return found;
      const { value, mode, uid, changed } = found.value;
      if (value === undefined) return found;
      // Known before it is judged: one that others may read is a secret all the same.
      scrubber.add(value);
      const print = createHash('sha256').update(`${mode} ${uid} ${value}`).digest('hex');
      const first = before.get(path) ?? print;
      before.set(path, first);
      if (changed !== undefined || first === print) return found;
      return ok({ ...found.value, changed: 'was changed while this run was using it' });
    },
    async read(path, uid) {
      const found = await secrets.look(path);
      if (!found.ok) return found;
      if (found.value === undefined)
        return err(
          failure('E_CONFIG_NOT_FOUND', `cannot read ${path}: no such file or directory`, { place: { file: path } }),
        );
      const own = process.getuid?.() ?? -1;
      return secretIn(path, found.value, { uids: uid === undefined || uid === own ? [own] : [own, uid] });
    },
  };
  return secrets;
}

/**
 * Opens the directory, then the file in that very directory, and asks all else of the two descriptors: what is judged
 * is what is read, whatever happens to their names meanwhile.
 */
async function lookAt(path: string): Promise<Result<SecretFile | undefined>> {
  try {
    await using folder = await open(dirname(path), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    const { mode, uid } = await folder.stat();
    const about = { mode: mode & 0o7777, uid };
    // A pipe must not be waited for.
    const within = `/proc/self/fd/${folder.fd}/${basename(path)}`;
    const file = await open(within, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch(notOpened);
    if (file === 'link') return ok({ kind: 'other', mode: 0, uid, folder: about });
    if (file === undefined) return ok(undefined);
    await using opened = file;
    return ok({ ...(await read(opened)), folder: about });
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === undefined) throw thrown;
    if (code === 'ENOENT') return ok(undefined);
    return err(failure('E_ENV_UNREADABLE', `cannot read ${path}: ${code}`, { place: { file: path } }));
  }
}

function notOpened(thrown: unknown): 'link' | undefined {
  const { code } = thrown as NodeJS.ErrnoException;
  if (code === 'ELOOP' || code === 'ENXIO') return 'link';
  if (code === 'ENOENT') return undefined;
  throw thrown;
}

async function read(file: FileHandle): Promise<Omit<SecretFile, 'folder'>> {
  const before = await file.stat({ bigint: true });
  const facts = { mode: Number(before.mode) & 0o7777, uid: Number(before.uid) };
  // Whatever that is, it is no secret, and every way to write it would have to be known.
  if (before.isFile() && before.size > MOST_BYTES) return { kind: 'other', ...facts };
  if (!before.isFile()) return { kind: before.isDirectory() ? 'directory' : 'other', ...facts };
  const value = (await file.readFile('utf8')).replace(/\r?\n$/, '');
  const after = await file.stat({ bigint: true });
  // Of a file, its status changes with its content, its mode and its owner.
  const same = before.ctimeNs === after.ctimeNs && before.size === after.size;
  return { kind: 'file', ...facts, value, ...(same ? {} : { changed: 'was changed while it was read' }) };
}
