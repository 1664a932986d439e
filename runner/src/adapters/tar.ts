import type { Readable } from 'node:stream';
import { extract, pack } from 'tar-stream';

/** One entry of a tar archive. */
export interface TarEntry {
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'link' | 'symlink' | 'other';
  /** Where a link leads; empty for what is none. */
  readonly target: string;
  /** Bytes. */
  readonly size: number;
  /** Read at most once, and before the next entry is asked for. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** A tar archive that is being written; what it writes is read from `stream`. */
export interface TarWriter {
  readonly stream: AsyncIterable<Uint8Array>;
  /** Writes an entry whole, its time, owner and permissions always the same. */
  add(entry: Omit<TarEntry, 'body'>, body: AsyncIterable<Uint8Array>): Promise<void>;
  end(): void;
  /** Gives up: whoever reads `stream` is thrown the cause. */
  fail(cause: Error): void;
}

const kinds: Readonly<Record<string, TarEntry['kind']>> = {
  file: 'file',
  'contiguous-file': 'file',
  directory: 'folder',
  link: 'link',
  symlink: 'symlink',
};
const types = { file: 'file', folder: 'directory', link: 'link', symlink: 'symlink', other: 'file' } as const;
const FOLDER_MODE = 0o755;
const FILE_MODE = 0o644;

/** The entries of an archive in their order. Throws where it is none or is cut off within an entry; ends its source. */
export async function* readTar(source: Readable): AsyncGenerator<TarEntry> {
  const archive = extract();
  source.on('error', (cause) => archive.destroy(cause));
  source.pipe(archive);
  try {
    for await (const entry of archive) {
      const { name, type, linkname, size } = entry.header;
      const body = entry as AsyncIterable<Uint8Array>;
      yield { name, kind: kinds[type ?? 'file'] ?? 'other', target: linkname ?? '', size: size ?? 0, body };
      entry.resume();
    }
  } finally {
    source.destroy();
    archive.destroy();
  }
}

export function createTar(): TarWriter {
  const archive = pack();
  let giveUp = (_cause: Error): void => undefined;
  const givenUp = new Promise<never>((_, reject) => {
    giveUp = reject;
  });
  givenUp.catch(() => undefined);
  return {
    stream: untilGivenUp(archive as AsyncIterable<Uint8Array>, givenUp),
    async add({ name, kind, target, size }, body) {
      const mode = kind === 'folder' ? FOLDER_MODE : FILE_MODE;
      const link = target === '' ? {} : { linkname: target };
      const header = { name, mode, size, mtime: new Date(0), type: types[kind], ...link };
      await new Promise<void>((resolve, reject) => {
        const entry = archive.entry(header, (cause) => (cause ? reject(cause) : resolve()));
        if (kind !== 'file') {
          entry.end(undefined);
          return;
        }
        void pour(body, entry).catch((thrown) => entry.destroy(thrown as Error));
      });
    },
    end: () => archive.finalize(),
    fail(cause) {
      giveUp(cause);
      // Without the cause: as an error of the stream nobody would catch it, and who reads it would wait for ever.
      archive.destroy();
    },
  };
}

async function* untilGivenUp(stream: AsyncIterable<Uint8Array>, givenUp: Promise<never>): AsyncGenerator<Uint8Array> {
  const chunks = stream[Symbol.asyncIterator]();
  for (;;) {
    const chunk = chunks.next();
    chunk.catch(() => undefined);
    const { done, value } = await Promise.race([givenUp, chunk]);
    if (done === true) return;
    yield value;
  }
}

async function pour(from: AsyncIterable<Uint8Array>, to: NodeJS.WritableStream): Promise<void> {
  for await (const chunk of from) {
    if (!to.write(chunk)) await new Promise((resolve) => to.once('drain', resolve));
  }
  to.end();
}

/** A body whole: for entries that are known to be small. */
export async function bytesOf(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}
