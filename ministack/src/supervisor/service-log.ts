import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { type Scrubber, wholeLines } from '@plumbline/contracts';

/** After so long without a word, what begins a line is written, though it may go on. */
const PAUSE_MS = 250;

/** The log of a service: what its process says, without any known secret. */
export interface ServiceLog {
  /**
   * Takes what comes from one of its streams, by whole lines; the start of one when nothing more comes for a while. Each
   * is scrubbed for itself: they may split a secret between them.
   */
  take(from: Readable): void;
  /** Writes what was held back. */
  close(): void;
}

/** Opens the log of a service to append to it, and makes its folder. Throws where that cannot be. */
export function openServiceLog(file: string, scrubber: Scrubber): ServiceLog {
  mkdirSync(dirname(file), { recursive: true });
  const fd = openSync(file, 'a', 0o600);
  const ends: (() => void)[] = [];
  let open = true;
  const write = (bytes: Uint8Array): void => {
    try {
      for (let at = 0; open && at < bytes.length; ) at += writeSync(fd, bytes, at);
    } catch {
      // A full disk: the words are lost, as they would be where the service writes itself, and it goes on.
    }
  };
  return {
    take(from) {
      const clean = wholeLines(scrubber.stream());
      const pause = setTimeout(() => write(clean.pause()), PAUSE_MS);
      from.on('data', (chunk: Buffer) => {
        write(clean.push(chunk));
        pause.refresh();
      });
      ends.push(() => {
        clearTimeout(pause);
        write(clean.end());
      });
    },
    close() {
      if (!open) return;
      for (const end of ends) end();
      open = false;
      closeSync(fd);
    },
  };
}
