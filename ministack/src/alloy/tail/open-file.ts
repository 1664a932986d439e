import { closeSync, constants, openSync, readlinkSync, readSync, realpathSync } from 'node:fs';
import { sep } from 'node:path';
import { fileStat } from './file-stat.ts';
import type { Candidate } from './plan.ts';
import { digest, headBytes, type Place, startBytes } from './state.ts';

/** An open regular file. The descriptor, not the path, says which file it is. */
export interface OpenFile extends Candidate {
  readonly fd: number;
}

/**
 * Opens a regular file below `root` and compares it with what had been read; undefined for anything that is no regular
 * file. Throws for a file that a link leads to from below the root: in a container, that link would lead nowhere.
 */
export function openFile(path: string, root: string, saved: Place | undefined): OpenFile | undefined {
  // Without O_NONBLOCK, opening a FIFO would wait for a writer.
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!liesBelow(fd, root))
      throw Object.assign(new Error('a link leads out of the mounted directory'), { code: 'EOUTSIDE' });
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

/** Asked of the descriptor: what lies at the path may be another file by now. */
function liesBelow(fd: number, root: string): boolean {
  const [real, top] = [readlinkSync(`/proc/self/fd/${fd}`), realpathSync(root)];
  return real === top || real.startsWith(top.endsWith(sep) ? top : `${top}${sep}`);
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
