import { err, type FilesPort, failure, noDirectoryAt, ok, type Paths, type Result } from '@plumbline/contracts';
import type { JsonDocument } from '@plumbline/formats/json';

const WRITTEN: readonly string[] = ['output_dir', 'deploy_root'] satisfies readonly (keyof Paths)[];

/**
 * That every path of a map is a directory, or could be one: a device, a file or a circle of links there, or above it, is
 * told once, where the map says it, and not by whoever is the first to meet it. E_ENV_UNREADABLE, or E_ENV_UNWRITABLE of
 * what is written to.
 */
export async function checkPlaces(
  paths: Paths,
  document: Pick<JsonDocument, 'place'>,
  files: FilesPort,
): Promise<Result<void>> {
  for (const [name, path] of Object.entries(paths)) {
    const blocked = await noDirectoryAt(path, files);
    if (!blocked.ok) return blocked;
    if (blocked.value === undefined) continue;
    const code = WRITTEN.includes(name) ? 'E_ENV_UNWRITABLE' : 'E_ENV_UNREADABLE';
    const message = `path_map.${name}: ${blocked.value}, and a directory is meant`;
    const hint = 'name a directory, or one that can be made';
    return err(failure(code, message, { place: document.place(['path_map', name]), hint }));
  }
  return ok(undefined);
}
