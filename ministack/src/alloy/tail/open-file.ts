import { closeSync, constants, openSync, readSync } from 'node:fs';
import { fileStat } from './file-stat.ts';
import type { Candidate } from './plan.ts';
import { digest, headBytes, type Place, startBytes } from './state.ts';

/** An open regular file. The descriptor, not the path, says which file it is. */
export interface OpenFile extends Candidate {
  readonly fd: number;
}

/** Opens a regular file and compares it with what had been read; undefined for anything that is no regular file. */
export function openFile(path: string, saved: Place | undefined): OpenFile | undefined {
  // Without O_NONBLOCK, opening a FIFO would wait for a writer.
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = fileStat(fd);
    if (!stat?.regular) {
      closeSync(fd);
      return undefined;
    }
    const { dev, ino, size } = stat;
    const startMatches = saved !== undefined && saved.offset > 0 && sameStart(fd, size, saved);
    const matches = startMatches && size >= saved.offset && digest(bytesBefore(fd, saved.offset)) === saved.before;
    const prefix = startMatches && size <= saved.offset;
    return { fd, path, dev, ino, size, matches, prefix };
  } catch (cause) {
    closeSync(fd);
    throw cause;
  }
}

/** Up to 1024 bytes before an offset. */
export function bytesBefore(fd: number, offset: number): Buffer {
  const length = Math.min(headBytes, offset);
  return readAt(fd, offset - length, length);
}

export function readAt(fd: number, position: number, length: number): Buffer {
  const buffer = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const n = readSync(fd, buffer, done, length - done, position + done);
    if (n === 0) break;
    done += n;
  }
  return buffer.subarray(0, done);
}

function sameStart(fd: number, size: number, saved: Place): boolean {
  const length = Math.min(startBytes, saved.offset);
  return size >= length && digest(readAt(fd, 0, length)) === saved.start;
}
