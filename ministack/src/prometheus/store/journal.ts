import {
  closeSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Labels } from '../labels.ts';
import type { Series } from './series.ts';

/** Samples of one moment. */
export interface Batch {
  readonly time: number;
  readonly samples: readonly { readonly series: Series; readonly bits: bigint }[];
}

/** Append-only files in a directory. A batch is written whole or not at all, so that kill -9 loses none before it. */
export interface Journal {
  /** Throws the system's error where the batch cannot be written; nothing of it stays. */
  append(batch: Batch): void;
  /** Removes the segments, the newest excepted, in which everything is older. */
  dropBefore(time: number): void;
  close(): void;
}

type Replay = (time: number, labels: Labels, bits: bigint) => void;

interface Segment {
  readonly path: string;
  newest: number;
}

const segmentBytes = 8 * 1024 * 1024;
const headerBytes = 8;

/** Opens the directory, hands every whole sample in it to `replay` in order, and cuts a torn end off. */
export function openJournal(directory: string, replay: Replay): Journal {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const names = readdirSync(directory).filter((name) => /^samples-\d{8}$/.test(name));
  const segments = names.sort().map((name) => read(join(directory, name), replay));
  let number = Number(names.at(-1)?.slice(-8) ?? 0);
  // A segment knows its series by number; a new start begins a new segment, and with it new numbers.
  let refs = new Map<Series, number>();
  let size = 0;
  let fd = begin();

  function begin(): number {
    number += 1;
    const path = join(directory, `samples-${String(number).padStart(8, '0')}`);
    const opened = openSync(path, 'a', 0o600);
    size = fstatSync(opened).size;
    refs = new Map();
    segments.push({ path, newest: Number.NEGATIVE_INFINITY });
    return opened;
  }

  return {
    append({ time, samples }) {
      if (samples.length === 0) return;
      if (size >= segmentBytes) {
        const old = fd;
        fd = begin();
        closeSync(old);
      }
      const fresh = samples.map((s) => s.series).filter((series) => !refs.has(series));
      for (const series of fresh) refs.set(series, refs.size);
      const defined = fresh.length === 0 ? [] : [record(1, Buffer.from(JSON.stringify(definitions(fresh, refs))))];
      const bytes = Buffer.concat([...defined, record(2, encode(time, samples, refs))]);
      try {
        for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
      } catch (thrown) {
        ftruncateSync(fd, size);
        for (const series of fresh) refs.delete(series);
        throw thrown;
      }
      size += bytes.length;
      const segment = segments.at(-1);
      if (segment) segment.newest = Math.max(segment.newest, time);
    },
    dropBefore(time) {
      for (const segment of segments.slice(0, -1).filter((s) => s.newest < time)) {
        rmSync(segment.path, { force: true });
        segments.splice(segments.indexOf(segment), 1);
      }
    },
    close: () => closeSync(fd),
  };
}

function definitions(
  fresh: readonly Series[],
  refs: ReadonlyMap<Series, number>,
): readonly (readonly [number, Labels])[] {
  return fresh.map((series) => [refs.get(series) ?? 0, series.labels]);
}

function encode(time: number, samples: Batch['samples'], refs: ReadonlyMap<Series, number>): Buffer {
  const bytes = Buffer.alloc(8 + samples.length * 12);
  bytes.writeDoubleLE(time, 0);
  for (const [index, { series, bits }] of samples.entries()) {
    bytes.writeUInt32LE(refs.get(series) ?? 0, 8 + index * 12);
    bytes.writeBigUInt64LE(bits, 12 + index * 12);
  }
  return bytes;
}

function record(kind: number, payload: Buffer): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(headerBytes), Buffer.of(kind), payload]);
  bytes.writeUInt32LE(payload.length + 1, 0);
  bytes.writeUInt32LE(crc32(bytes.subarray(headerBytes)), 4);
  return bytes;
}

function read(path: string, replay: Replay): Segment {
  const bytes = readFileSync(path);
  const known = new Map<number, Labels>();
  let newest = Number.NEGATIVE_INFINITY;
  let at = 0;
  while (at + headerBytes < bytes.length) {
    const end = at + headerBytes + bytes.readUInt32LE(at);
    if (end > bytes.length) break;
    const payload = bytes.subarray(at + headerBytes, end);
    if (payload.length === 0 || crc32(payload) !== bytes.readUInt32LE(at + 4)) break;
    if (payload[0] === 1) {
      for (const [ref, labels] of JSON.parse(payload.toString('utf8', 1)) as [number, Labels][]) known.set(ref, labels);
    } else {
      const time = payload.readDoubleLE(1);
      newest = Math.max(newest, time);
      for (let from = 9; from + 12 <= payload.length; from += 12) {
        const labels = known.get(payload.readUInt32LE(from));
        if (labels !== undefined) replay(time, labels, payload.readBigUInt64LE(from + 4));
      }
    }
    at = end;
  }
  if (at < bytes.length) {
    const fd = openSync(path, 'r+');
    ftruncateSync(fd, at);
    closeSync(fd);
  }
  return { path, newest };
}
