import { err, failure, ok, type Result } from '@plumbline/contracts';
import type { RunDocker } from './cli.ts';

const TOLD = /^([0-9a-f]{64}) [ *]/m;
const NO_PROGRAM_HINT = "run it as root on the engine's own host, where a container is looked into from outside";
/** The program itself is not there, or cannot be run: said by the runtime, not by the program. */
const NO_PROGRAM = /OCI runtime|executable file not found/i;

/**
 * The SHA-256 of a file as a container sees it, by the `sha256sum` of its image (coreutils or busybox); undefined where
 * there is no such file. E_ENV_UNREADABLE where the image has no such program, or its user may not read the file.
 */
export async function hashInside(id: string, path: string, docker: RunDocker): Promise<Result<string | undefined>> {
  const said = await docker(['exec', id, 'sha256sum', path]);
  if (!said.ok) {
    const words = JSON.stringify(said.failure.evidence ?? {});
    if (NO_PROGRAM.test(words)) return unread(path, 'its image has no sha256sum', NO_PROGRAM_HINT);
    return /no such file/i.test(words) ? ok(undefined) : unread(path, said.failure.message);
  }
  const hash = TOLD.exec(said.value)?.[1];
  return hash === undefined ? unread(path, 'sha256sum did not tell') : ok(hash);
}

function unread(path: string, why: string, hint?: string): Result<never> {
  const message = `cannot read ${path} inside the container: ${why}`;
  return err(failure('E_ENV_UNREADABLE', message, hint === undefined ? {} : { hint }));
}
