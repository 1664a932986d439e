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
import type { Labels } from '../labels.ts';

/** What one push added to one stream; no entries where it only made the stream known. */
export interface StreamRecord {
  readonly labels: Labels;
  readonly entries: readonly (readonly [ts: string, line: string, attrs?: Labels])[];
}

/** One line of a segment: one push. */
export interface PushRecord {
  readonly at: number;
  readonly streams: readonly StreamRecord[];
}

/** Append-only files in a directory. A record is written whole before it is acknowledged, so that kill -9 loses none. */
export interface Journal {
  /** Throws the system's error where the record cannot be written; nothing of it stays. */
  append(record: PushRecord): void;
  /** Removes the segments, the newest excepted, whose newest line is older than `ts`. */
  dropBefore(ts: bigint): void;
  close(): void;
}

interface Segment {
  readonly path: string;
  newest: bigint;
}

const segmentBytes = 64 * 1024 * 1024;

/** Opens the directory, hands every whole record in it to `replay` in order, and cuts a torn last one off. */
export function openJournal(directory: string, replay: (record: PushRecord) => void): Journal {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const names = readdirSync(directory).filter((name) => /^segment-\d{8}\.jsonl$/.test(name));
  const segments = names.sort().map((name): Segment => read(join(directory, name), replay));
  let number = Number(/\d{8}/.exec(names.at(-1) ?? '')?.[0] ?? 0);
  let fd: number | undefined;
  let size = 0;

  const open = (): number => {
    if (fd !== undefined && size < segmentBytes) return fd;
    if (fd !== undefined) closeSync(fd);
    const current = segments.at(-1);
    const reuse = fd === undefined && current !== undefined;
    if (!reuse) {
      number += 1;
      segments.push({ path: join(directory, `segment-${String(number).padStart(8, '0')}.jsonl`), newest: 0n });
    }
    fd = openSync(segments.at(-1)?.path ?? '', 'a', 0o600);
    size = fstatSync(fd).size;
    return fd;
  };
  open();

  return {
    append(record) {
      const to = open();
      const bytes = Buffer.from(`${JSON.stringify(record)}\n`);
      try {
        for (let done = 0; done < bytes.length; ) done += writeSync(to, bytes, done);
      } catch (thrown) {
        ftruncateSync(to, size);
        throw thrown;
      }
      size += bytes.length;
      const segment = segments.at(-1);
      if (segment) segment.newest = newestOf(record, segment.newest);
    },
    dropBefore(ts) {
      for (const segment of segments.slice(0, -1).filter((s) => s.newest < ts)) {
        rmSync(segment.path, { force: true });
        segments.splice(segments.indexOf(segment), 1);
      }
    },
    close() {
      if (fd !== undefined) closeSync(fd);
      fd = undefined;
    },
  };
}

function read(path: string, replay: (record: PushRecord) => void): Segment {
  const bytes = readFileSync(path);
  const whole = bytes.lastIndexOf(0x0a) + 1;
  if (whole < bytes.length) {
    const fd = openSync(path, 'r+');
    ftruncateSync(fd, whole);
    closeSync(fd);
  }
  let newest = 0n;
  for (let from = 0; from < whole; ) {
    const to = bytes.indexOf(0x0a, from);
    const record = parse(bytes.toString('utf8', from, to));
    from = to + 1;
    if (record === undefined) continue;
    newest = newestOf(record, newest);
    replay(record);
  }
  return { path, newest };
}

/** A line that is not a record (a disk's fault, a stranger's hand) is passed over; those around it are intact. */
function parse(line: string): PushRecord | undefined {
  try {
    const record = JSON.parse(line) as PushRecord;
    return Array.isArray(record.streams) ? record : undefined;
  } catch {
    return undefined;
  }
}

function newestOf(record: PushRecord, newest: bigint): bigint {
  let max = newest;
  for (const stream of record.streams) {
    for (const [ts] of stream.entries) {
      const at = BigInt(ts);
      if (at > max) max = at;
    }
  }
  return max;
}
