import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { err, type Failure, failure, type ImagesArchive, ok, type Result } from '@plumbline/contracts';
import { writeStream } from '../adapters/files.ts';
import { createTar, readTar, type TarWriter } from '../adapters/tar.ts';
import { emptyArchive, LOCK_ENTRY, MANIFEST_ENTRY, once, type SeenArchive, see } from './archive.ts';
import { judgeImages, type Wanted } from './judge-archive.ts';
import { lockText } from './lock.ts';

/** A file that was written. */
export interface Written {
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * Writes what docker saved of some images as one archive, with their lock and a list of every entry by its hash, as it
 * comes: nothing is kept in memory or beside it. Docker loads the archive as it is. The same images give the same bytes,
 * as far as docker puts them in the same order. Nothing is left where it fails, nor where `signal` ends it:
 * E_ENV_INTERRUPTED.
 */
export async function exportImages(saved: Readable, wanted: Wanted, signal: AbortSignal): Promise<Result<Written>> {
  const tar = createTar();
  const seen = emptyArchive();
  const hash = createHash('sha256');
  let size = 0;
  const counted = async function* () {
    for await (const chunk of tar.stream) {
      hash.update(chunk);
      size += chunk.length;
      yield chunk;
    }
  };
  let refused: Failure | undefined;
  // The first cause alone counts: what breaks off because of it is none of its own.
  const refuse = (cause: Failure): void => {
    refused ??= cause;
    tar.fail(new Error(refused.message));
  };
  const stop = () => refuse(failure('E_ENV_INTERRUPTED', `${wanted.file} was not written: the export was interrupted`));
  const filled = fill(tar, saved, seen, wanted).then((fault) => {
    if (fault === undefined) tar.end();
    else refuse(fault);
  });
  filled.catch((thrown: unknown) => {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    refuse(failure('E_RUNTIME_ENGINE_UNREACHABLE', `the Docker daemon broke off while it gave the images: ${why}`));
  });
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    const written = await writeStream(wanted.file, counted());
    return written.ok ? ok({ sha256: hash.digest('hex'), size }) : written;
  } catch (thrown) {
    if (refused === undefined) throw thrown;
    return err(refused);
  } finally {
    signal.removeEventListener('abort', stop);
    saved.destroy();
  }
}

/** A pull leaves out what it finds unpacked already, and a save does not say that it is missing (moby/moby#49473). */
const INCOMPLETE =
  'the Docker daemon keeps this image without some of its layers, as it has them from another: remove both (`docker image rm`), pull this one again, and export then';

async function fill(tar: TarWriter, saved: Readable, seen: SeenArchive, wanted: Wanted): Promise<Failure | undefined> {
  for await (const entry of readTar(saved)) await see(seen, entry, (given, body) => tar.add(given, body));
  const fault = judgeImages(seen, wanted);
  if (fault !== undefined) return fault.code === 'E_PROOF_ARCHIVE_DAMAGED' ? { ...fault, hint: INCOMPLETE } : fault;
  const addText = (name: string, text: string) => {
    const bytes = Buffer.from(text);
    const entry = { name, kind: 'file' as const, target: '', size: bytes.length, body: once(bytes) };
    return see(seen, entry, (given, body) => tar.add(given, body));
  };
  await addText(LOCK_ENTRY, lockText(wanted.lock));
  const list: ImagesArchive = {
    schema_version: '1',
    images: [...wanted.pins],
    entries: Object.fromEntries([...seen.entries].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
  await addText(MANIFEST_ENTRY, `${JSON.stringify(list, null, 2)}\n`);
  return undefined;
}
