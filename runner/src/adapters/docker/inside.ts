import { err, type Failure, failure, ok, type Result } from '@plumbline/contracts';
import type { RunDocker } from './cli.ts';

/** What one of them is: told, or why it was not. */
type Told = Result<string | undefined>;

const HASH = /^([0-9a-f]{64}) [ *](.*)$/;
/** Of coreutils and of busybox: the path stands in it, in quotes or not. */
const MISSING = /^sha256sum: .*: No such file or directory$/;
/** The program itself is not there, or cannot be run: said by the runtime, not by the program. */
const NO_PROGRAM = /OCI runtime|executable file not found/i;
const NO_PROGRAM_HINT = "run it as root on the engine's own host, where a container is looked into from outside";

/**
 * The SHA-256 of files as a container sees them, by the `sha256sum` of its image; undefined for one that it says is not
 * there. E_ENV_UNREADABLE for what was not told: the image has no such program, or its user may not read the file.
 */
export async function hashesInside(
  id: string,
  paths: readonly string[],
  docker: RunDocker,
): Promise<Result<ReadonlyMap<string, Told>>> {
  const said = await docker(['exec', id, 'sha256sum', ...paths]);
  if (!said.ok && said.failure.code === 'E_RUNTIME_ENGINE_UNREACHABLE') return said;
  const lines = said.ok ? said.value.split('\n') : linesOf(said.failure);
  const why = said.ok ? 'sha256sum did not tell' : said.failure.message;
  const none = lines.some((line) => NO_PROGRAM.test(line));
  return ok(new Map(paths.map((path) => [path, none ? noProgram(path) : told(path, lines, why)])));
}

function told(path: string, lines: readonly string[], why: string): Told {
  const hash = lines.map((line) => HASH.exec(line)).find((found) => found?.[2] === path)?.[1];
  if (hash !== undefined) return ok(hash);
  if (lines.some((line) => MISSING.test(line) && line.includes(path))) return ok(undefined);
  return err(failure('E_ENV_UNREADABLE', `cannot read ${path} inside the container: ${why}`));
}

function noProgram(path: string): Told {
  const message = `cannot read ${path} inside the container: its image has no sha256sum`;
  return err(failure('E_ENV_UNREADABLE', message, { hint: NO_PROGRAM_HINT }));
}

function linesOf({ evidence }: Failure): readonly string[] {
  return Array.isArray(evidence?.said) ? (evidence.said as readonly string[]) : [];
}
