import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { err, failure, ok, type Result } from '@plumbline/contracts';
import type { FileState } from '../tail/state.ts';

/** One request, as it goes to an endpoint; sent again byte for byte until it is answered. */
export interface Push {
  readonly endpoint: string;
  readonly entries: number;
  readonly body: Buffer;
}

/**
 * All that the collector knows between runs: how far each file is read, the last timestamp given, and the requests that
 * hold everything read since the record before. It is written whole before a request is sent, so a kill at any moment
 * leaves either the lines unread or the request to be sent again, and the store keeps an entry that it has once.
 */
export interface CollectorRecord {
  readonly lastNs: bigint;
  readonly files: Readonly<Record<string, FileState>>;
  readonly pushes: readonly Push[];
}

interface Header {
  readonly version: 1;
  readonly last_ns: string;
  readonly files: Readonly<Record<string, FileState>>;
  readonly pushes: readonly { readonly endpoint: string; readonly entries: number; readonly bytes: number }[];
}

const name = 'collector-record';

export function readRecord(storage: string): Result<CollectorRecord> {
  const path = join(storage, name);
  if (!existsSync(path)) return ok({ lastNs: 0n, files: {}, pushes: [] });
  const damaged = (why: string) =>
    err(
      failure('E_ENV_UNREADABLE', `${path}: ${why}; without it lines would be lost or repeated`, {
        hint: 'restore the file, or remove it to begin anew',
      }),
    );
  try {
    const bytes = readFileSync(path);
    const end = bytes.indexOf(10);
    const header = JSON.parse(bytes.subarray(0, end).toString()) as Header;
    if (end < 0 || header.version !== 1) return damaged('not a record of this version');
    let at = end + 1;
    const pushes = header.pushes.map(({ endpoint, entries, bytes: length }) => {
      const body = bytes.subarray(at, at + length);
      at += length;
      return { endpoint, entries, body };
    });
    if (at !== bytes.length) return damaged('its length is not the one that it states');
    return ok({ lastNs: BigInt(header.last_ns), files: header.files, pushes });
  } catch (cause) {
    return damaged((cause as Error).message);
  }
}

/** Replaces the record; it is on the disk when this returns. Throws what the file system says. */
export function writeRecord(storage: string, record: CollectorRecord): void {
  const path = join(storage, name);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const header: Header = {
    version: 1,
    last_ns: String(record.lastNs),
    files: record.files,
    pushes: record.pushes.map(({ endpoint, entries, body }) => ({ endpoint, entries, bytes: body.length })),
  };
  const temp = `${path}.tmp`;
  const fd = openSync(temp, 'w', 0o600);
  try {
    for (const part of [Buffer.from(`${JSON.stringify(header)}\n`), ...record.pushes.map((p) => p.body)])
      writeAll(fd, part);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(temp, path);
  const directory = openSync(storage, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

function writeAll(fd: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
}
