import { closeSync } from 'node:fs';
import { fileStat } from './file-stat.ts';
import { bytesBefore, type OpenFile, readAt } from './open-file.ts';
import { digest, headBytes, type Place, startBytes } from './state.ts';

export interface LineSink {
  /** A whole line without its newline, and where it began. */
  readonly line: (bytes: Buffer, offset: number) => void;
  /** A line longer than the cap: it is passed over. */
  readonly tooLong: (offset: number) => void;
}

export type ReadOutcome = 'more' | 'end' | 'changed';

const chunkBytes = 128 * 1024;

/** Reads one open file forward, line by line, and notices when the bytes before its position are no longer the same. */
export class FileReader {
  readonly file: OpenFile;
  private offset: number;
  private before: Buffer;
  private start: Buffer;
  /** What was read of a line whose end has not come yet. */
  private carry: Buffer = Buffer.alloc(0);
  private skipping: boolean;

  constructor(file: OpenFile, from: number, skipping: boolean) {
    this.file = file;
    this.offset = from;
    this.skipping = skipping;
    this.before = Buffer.from(bytesBefore(file.fd, from));
    this.start = readAt(file.fd, 0, Math.min(startBytes, from));
  }

  get position(): number {
    return this.offset + this.carry.length;
  }

  get lineStart(): number {
    return this.offset;
  }

  get unfinished(): boolean {
    return this.carry.length > 0 || this.skipping;
  }

  place(): Place {
    const { dev, ino } = this.file;
    const place = { dev, ino, offset: this.offset, before: digest(this.before), start: digest(this.start) };
    return this.skipping ? { ...place, skipping: true } : place;
  }

  size(): number {
    return fileStat(this.file.fd)?.size ?? 0;
  }

  /** Reads one chunk at most, and not past `limit`. */
  read(limit: number, cap: number, sink: LineSink): ReadOutcome {
    const want = Math.min(chunkBytes, limit - this.position);
    if (want < 0) return 'changed';
    if (want === 0) return 'end';
    // One read gives the bytes before the position and those after it, so that a truncation between the two is seen.
    const expected =
      this.carry.length === 0 ? this.before : Buffer.concat([this.before, this.carry]).subarray(-headBytes);
    const bytes = readAt(this.file.fd, this.position - expected.length, expected.length + want);
    if (bytes.length < expected.length || !bytes.subarray(0, expected.length).equals(expected)) return 'changed';
    const fresh = bytes.subarray(expected.length);
    if (fresh.length === 0) return 'end';
    this.take(fresh, cap, sink);
    return fresh.length < want ? 'end' : 'more';
  }

  /** Forgets an unfinished line, to read it again from its beginning. */
  rewind(): void {
    this.carry = Buffer.alloc(0);
  }

  /** Gives out what has no newline at its end, once none can come any more. */
  finish(sink: LineSink): void {
    if (this.carry.length > 0 && !this.skipping) {
      const line = this.carry;
      this.carry = Buffer.alloc(0);
      sink.line(line, this.offset);
      this.advance(line);
    }
    this.skipping = false;
  }

  close(): void {
    closeSync(this.file.fd);
  }

  private take(fresh: Buffer, cap: number, sink: LineSink): void {
    const all = this.carry.length === 0 ? fresh : Buffer.concat([this.carry, fresh]);
    let at = 0;
    // The carry has no newline, so the search begins behind it.
    let end = all.indexOf(10, this.carry.length);
    for (; end >= 0; end = all.indexOf(10, at)) {
      if (this.skipping) this.skipping = false;
      else if (end - at > cap) sink.tooLong(this.offset + at);
      else sink.line(all.subarray(at, end), this.offset + at);
      at = end + 1;
    }
    const rest = all.subarray(at);
    const passOver = this.skipping || rest.length > cap;
    if (passOver && !this.skipping) {
      sink.tooLong(this.offset + at);
      this.skipping = true;
    }
    this.advance(passOver ? all : all.subarray(0, at));
    this.carry = passOver ? Buffer.alloc(0) : Buffer.from(rest);
  }

  /** Moves the place behind bytes that are done with. */
  private advance(bytes: Buffer): void {
    if (bytes.length === 0) return;
    if (this.start.length < startBytes)
      this.start = Buffer.concat([this.start, bytes.subarray(0, startBytes - this.start.length)]);
    this.before =
      bytes.length >= headBytes
        ? Buffer.from(bytes.subarray(-headBytes))
        : Buffer.concat([this.before, bytes]).subarray(-headBytes);
    this.offset += bytes.length;
  }
}
