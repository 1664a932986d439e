import { createReadStream } from 'node:fs';
import { writeStream } from '../../runner/src/adapters/files.ts';
import { bytesOf, createTar, readTar } from '../../runner/src/adapters/tar.ts';

/** Entries of an archive by name, each whole in memory. */
export type Entries = Map<string, { readonly target: string; readonly bytes: Buffer }>;

/** Writes an archive anew with its entries changed. */
export async function rewriteArchive(from: string, to: string, change: (entries: Entries) => void): Promise<void> {
  const entries: Entries = new Map();
  for await (const { name, kind, target, body } of readTar(createReadStream(from)))
    if (kind !== 'folder') entries.set(name, { target: kind === 'file' ? '' : target, bytes: await bytesOf(body) });
  change(entries);
  const tar = createTar();
  const written = writeStream(to, tar.stream);
  for (const [name, { target, bytes }] of entries) {
    const kind = target === '' ? ('file' as const) : ('symlink' as const);
    await tar.add({ name, kind, target, size: bytes.length }, [bytes] as never);
  }
  tar.end();
  await written;
}
