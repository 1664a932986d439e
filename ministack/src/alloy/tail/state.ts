import { createHash } from 'node:crypto';

/** How many bytes before the offset, and from the start, say whether a file is the one that was read. */
export const headBytes = 1024;
export const startBytes = 256;

/**
 * How far one inode has been read. Rotated siblings lie in one directory, so the inode alone tells them apart; `dev` is
 * kept to be looked at only, as it may change with a reboot while the files stay.
 */
export interface Place {
  readonly dev: string;
  readonly ino: string;
  /** Where the next line begins; inside a line that is too long, how far it has been passed over. */
  readonly offset: number;
  /** SHA-256 of the up to 1024 bytes before the offset; empty at 0. */
  readonly before: string;
  /** SHA-256 of the first up to 256 bytes of what was read; empty at 0. */
  readonly start: string;
  /** Set while the rest of a line that is too long is being passed over. */
  readonly skipping?: true;
}

/** What is kept of a file between runs. */
export interface FileState extends Place {
  /** Rotated files read to their end that may still be written to. */
  readonly retired?: readonly Place[];
  /** Inodes of the rotated siblings seen so far: what is not among them is newer than this state. */
  readonly known: readonly string[];
  /** When the file was last there, in milliseconds since 1970. */
  readonly seen: number;
}

export function digest(bytes: Uint8Array): string {
  return bytes.length === 0 ? '' : createHash('sha256').update(bytes).digest('hex');
}
