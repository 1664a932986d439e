import { hashOf, sha256 } from './canonical.ts';
import type { DesiredState } from './generated/types.ts';
import type { FilesPort } from './ports.ts';
import { ok, type Result } from './result.ts';

type Entry = DesiredState['files'][number];

/** Where a canonical file lies: relative paths are below the repository. */
function locate(path: string, root: string): string {
  return path.startsWith('/') ? path : `${root}/${path}`;
}

/** As many symbolic links as Linux follows (path_resolution(7)). */
const MOST_LINKS = 40;

/** A file, however many symbolic links lead to it, or in words what stands there in its place. */
export type Behind =
  | { readonly size: number; readonly path: string }
  | { readonly instead: string; readonly kind: 'nothing' | 'directory' | 'other' };

/**
 * What stands at a path. It is asked before anything is read: who reads a pipe waits until somebody writes to it, and a
 * device may have no end.
 */
export async function fileBehind(path: string, files: FilesPort): Promise<Result<Behind>> {
  let at = path;
  let via = '';
  const instead = (what: string, kind: 'nothing' | 'directory' | 'other') =>
    ok({ instead: via === '' ? what : `${via} where ${what} is`, kind });
  for (let links = 0; links <= MOST_LINKS; links += 1) {
    const there = await files.stat(at);
    if (!there.ok) return there;
    if (there.value === undefined) return instead('nothing', 'nothing');
    if (there.value.kind === 'file') return ok({ size: there.value.size, path: at });
    if (there.value.kind === 'directory') return instead('a directory', 'directory');
    const target = await files.readLink(at);
    if (!target.ok) return target;
    if (target.value === undefined) return instead('a pipe, a device or a socket', 'other');
    // Not normalized: the kernel takes the .. of a link's target from where the link really lies.
    at = target.value.startsWith('/') ? target.value : `${at.slice(0, at.lastIndexOf('/'))}/${target.value}`;
    if (via === '') via = `a symbolic link to ${target.value},`;
  }
  return ok({ instead: 'a circle of symbolic links', kind: 'other' });
}

/** In words what stands at a path in the place of a file; undefined where a file does, or a link that ends at one. */
export async function noFileAt(path: string, files: FilesPort): Promise<Result<string | undefined>> {
  const behind = await fileBehind(path, files);
  if (!behind.ok) return behind;
  return ok('instead' in behind.value ? behind.value.instead : undefined);
}

/**
 * In words what stands in the way of a directory, at its path or above it; undefined where it is there, or could be
 * made: where nothing is yet, nothing is in the way.
 */
export async function noDirectoryAt(path: string, files: FilesPort): Promise<Result<string | undefined>> {
  for (let end = path.indexOf('/', 1); ; end = path.indexOf('/', end + 1)) {
    const at = end === -1 ? path : path.slice(0, end);
    const behind = await fileBehind(at, files);
    if (!behind.ok) return behind;
    const found = 'instead' in behind.value ? behind.value : { instead: 'a file', kind: 'other' };
    if (found.kind === 'other') return ok(`${at} is ${found.instead}`);
    if (found.kind === 'nothing' || end === -1) return ok(undefined);
  }
}

/** The hash of a file's bytes, or, of a path that ends with /, of the names below it; undefined where no file is there. */
async function entryHash(path: string, root: string, files: FilesPort): Promise<Result<string | undefined>> {
  const place = locate(path, root);
  if (path.endsWith('/')) {
    const names = await files.list(place.slice(0, -1));
    return names.ok ? ok(sha256(names.value.join('\n'))) : names;
  }
  const instead = await noFileAt(place, files);
  if (!instead.ok) return instead;
  if (instead.value !== undefined) return ok(undefined);
  const bytes = await files.read(place);
  return bytes.ok ? ok(sha256(bytes.value)) : bytes;
}

/**
 * The canonical files as they are now, without those that are no files. A directory, named with a / at its end, stands
 * for the names in it (seed 002, P1).
 */
export async function desiredState(
  environment: string,
  paths: readonly string[],
  root: string,
  files: FilesPort,
): Promise<Result<DesiredState>> {
  const entries: Entry[] = [];
  for (const path of [...new Set(paths)].sort()) {
    const hash = await entryHash(path, root, files);
    if (!hash.ok) return hash;
    if (hash.value !== undefined) entries.push({ path, sha256: hash.value });
  }
  return ok({
    schema_version: '1',
    environment,
    sha256: hashOf(entries),
    files: entries as [Entry, ...Entry[]],
  });
}

/** The canonical files that are no longer as they were, by their paths. */
export async function changedSince(
  before: DesiredState,
  root: string,
  files: FilesPort,
): Promise<Result<readonly string[]>> {
  const now = await desiredState(
    before.environment,
    before.files.map((file) => file.path),
    root,
    files,
  );
  return now.ok ? ok(differences(before, now.value)) : now;
}

/** Paths whose hashes differ, or that only one of two has. Pure. */
export function differences(before: DesiredState, after: DesiredState): readonly string[] {
  const hashes = new Map(before.files.map((file) => [file.path, file.sha256]));
  const changed = after.files.filter((file) => hashes.get(file.path) !== file.sha256).map((file) => file.path);
  const kept = new Set(after.files.map((file) => file.path));
  return [...changed, ...[...hashes.keys()].filter((path) => !kept.has(path))].sort();
}
