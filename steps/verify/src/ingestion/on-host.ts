import { type Bootstrap, type FilesPort, msOfIsoTime, type Sample } from '@plumbline/contracts';
import type { TailedFile } from './collector.ts';

type Source = Bootstrap['sources'][number];

/** A file of a source as the host shows it. */
export interface HostFile {
  readonly size: number;
  /** When it was written last, in milliseconds since 1970. */
  readonly modified: number | undefined;
  /** Whether it holds a whole line; asked only of a file of which the collector has read nothing. */
  readonly holdsLine: boolean;
}

/** Clocks and batches: a line may get its time so much before or after the file's. */
const SLACK_MS = 60_000;
/** A longer line than this is not collected, so a file of this size holds more than one that is not finished. */
const LONGEST_LINE = 1 << 20;

/** The collector names a file as its container sees it; a person looks for it on the host. */
export function asOnHost(file: TailedFile, source: Source): string {
  return file.path.replace(`/sources/${source.name}`, () => source.root);
}

/** The files of a source that the collector reads, by the collector's path; what cannot be looked at is left out. */
export async function observeOnHost(
  tailed: readonly TailedFile[],
  source: Source,
  files: FilesPort,
): Promise<Readonly<Record<string, HostFile>>> {
  const seen: Record<string, HostFile> = {};
  for (const file of tailed) {
    const path = asOnHost(file, source);
    const there = file.running ? await files.stat(path) : undefined;
    if (!there?.ok || there.value?.kind !== 'file') continue;
    const { size, modified } = there.value;
    seen[file.path] = { size, modified, holdsLine: file.offset === 0 && (await holdsLine(path, size, files)) };
  }
  return seen;
}

async function holdsLine(path: string, size: number, files: FilesPort): Promise<boolean> {
  if (size === 0 || size > LONGEST_LINE) return size > 0;
  const read = await files.read(path);
  return read.ok && read.value.includes(0x0a);
}

/**
 * The files that were written to after the newest line that came back, though the collector has read them to their end.
 * A line gets the time at which it was read, so a file that is quiet is never newer than its last line; and one that
 * ends in an unfinished line, which is not read yet, is left out. Of lines older than those asked for, nothing is known.
 */
export function writtenSince(
  tailed: readonly TailedFile[],
  onHost: Readonly<Record<string, HostFile>>,
  samples: readonly Sample[],
): readonly TailedFile[] {
  if (samples.length === 0) return [];
  const newest = Math.max(...samples.map((sample) => msOfIsoTime(sample.at) ?? 0));
  return tailed.filter((file) => {
    const host = onHost[file.path];
    if (host?.modified === undefined || !file.running || file.offset === 0) return false;
    return file.offset >= host.size && host.modified > newest + SLACK_MS;
  });
}
