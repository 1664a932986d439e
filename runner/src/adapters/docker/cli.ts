import { err, failure, ok, type Result } from '@plumbline/contracts';
import type { Kept } from '../bounded-output.ts';
import type { ProcessEnd, Processes } from '../process.ts';
import { failureOfDocker } from './docker-failure.ts';

/**
 * Runs the docker command line; what it prints on stdout, or why it failed. `signal` ends it before that:
 * E_ENV_INTERRUPTED. Only what changes no container is given one.
 */
export type RunDocker = (args: readonly string[], signal?: AbortSignal) => Promise<Result<string>>;

/** Stopping six services, each with its grace, and starting them again takes less; what takes longer hangs. */
const LIMIT_MS = 10 * 60_000;
/** What docker needs of its environment. A COMPOSE_FILE or COMPOSE_PROFILES of the caller would change what is deployed. */
const PASSED = [
  'PATH',
  'HOME',
  'DOCKER_HOST',
  'DOCKER_CONTEXT',
  'DOCKER_CONFIG',
  'DOCKER_CERT_PATH',
  'DOCKER_TLS_VERIFY',
  'SSH_AUTH_SOCK',
  'XDG_RUNTIME_DIR',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
];

/**
 * The docker command line, with a closed stdin and no question answered for anybody: `-y` is never given. `heldLock` is
 * the descriptor of the deploy lock, which a compose that outlives us keeps for as long as it works.
 */
export function createCli(
  processes: Pick<Processes, 'run'>,
  env: Readonly<Record<string, string | undefined>>,
  heldLock: () => number | undefined,
): RunDocker {
  const passed = Object.fromEntries(PASSED.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
  return async (args, signal) => {
    const fd = heldLock();
    const limit = AbortSignal.timeout(LIMIT_MS);
    const { exit, output, stdout } = await processes.run({
      argv: ['docker', ...args],
      cwd: '/',
      env: { ...passed, LC_ALL: 'C' },
      signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
      ...(fd === undefined ? {} : { inherit: fd }),
    });
    // Not what it warns of: that the user's own configuration cannot be read is no part of an answer.
    if (exit.kind === 'code' && exit.code === 0) return ok(text(stdout));
    if (exit.kind === 'not_started') {
      const message = exit.errno === 'ENOENT' ? 'docker is not on the PATH' : `docker cannot be started: ${exit.errno}`;
      return err(failure('E_DEPS_TOOL_MISSING', message));
    }
    if (signal?.aborted === true) return err(failure('E_ENV_INTERRUPTED', `docker ${args[0]} was interrupted`));
    if (limit.aborted)
      return err(failure('E_RUNTIME_TIMEOUT', `docker ${args[0]} did not end within ${LIMIT_MS / 1000} s`));
    return err(failureOfDocker(args, endText(exit), text(output)));
  };
}

function text({ head, tail }: Kept): string {
  return Buffer.concat([head, tail]).toString('utf8');
}

function endText(exit: Exclude<ProcessEnd['exit'], { readonly kind: 'not_started' }>): string {
  return exit.kind === 'code' ? `exit ${exit.code}` : exit.signal;
}
