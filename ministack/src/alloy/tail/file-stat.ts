import { fstatSync, statSync } from 'node:fs';

export interface FileStat {
  readonly dev: string;
  readonly ino: string;
  readonly size: number;
  readonly mtime: string;
  readonly regular: boolean;
}

/** Inodes as text: on some file systems they do not fit a number. Undefined where nothing is there. */
export function fileStat(at: string | number): FileStat | undefined {
  const stat =
    typeof at === 'number' ? fstatSync(at, { bigint: true }) : statSync(at, { bigint: true, throwIfNoEntry: false });
  return (
    stat && {
      dev: String(stat.dev),
      ino: String(stat.ino),
      size: Number(stat.size),
      mtime: String(stat.mtimeNs),
      regular: stat.isFile(),
    }
  );
}
