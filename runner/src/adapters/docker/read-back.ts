import { err, failure, LABELS, ok, type Result } from '@plumbline/contracts';
import type { RunDocker } from './cli.ts';
import { WORKING_DIR } from './containers.ts';

const THERE = '/plumbline/read-back';
const BLOCK = 512;

/**
 * The text of a file of this host as a container sees it, at most a few kilobytes of ASCII; undefined where the daemon has
 * no such file. The container never runs. It is labelled, so that `down` removes it where this was killed.
 */
export async function readBack(
  path: string,
  image: string,
  { project, deployRoot }: { readonly project: string; readonly deployRoot: string },
  docker: RunDocker,
): Promise<Result<string | undefined>> {
  const labels = { [LABELS.project]: project, 'com.docker.compose.project': project, [WORKING_DIR]: deployRoot };
  // The option is a line of CSV (RFC 4180).
  const source = `"source=${path.replaceAll('"', '""')}"`;
  const made = await docker([
    ...['create', '--pull', 'never', '--network', 'none'],
    ...Object.entries(labels).flatMap(([name, value]) => ['--label', `${name}=${value}`]),
    ...['--mount', `type=bind,${source},target=${THERE},readonly`, image],
  ]);
  if (!made.ok) return made.failure.code === 'E_CONFIG_NOT_FOUND' ? ok(undefined) : made;
  const id = made.value.trim().split('\n').at(-1) as string;
  const copied = await docker(['cp', `${id}:${THERE}`, '-']);
  const removed = await docker(['rm', id]);
  if (!copied.ok) return copied;
  return removed.ok ? fileOf(copied.value) : removed;
}

/** The one file of a tar archive: its size is in octal at 124 of the header (POSIX, ustar). */
function fileOf(archive: string): Result<string> {
  const size = Number.parseInt(archive.slice(124, 135), 8);
  if (Number.isInteger(size) && archive.length >= BLOCK + size) return ok(archive.slice(BLOCK, BLOCK + size));
  return err(failure('E_RUNTIME_COMPOSE_FAILED', 'docker cp gave no archive of a file'));
}
