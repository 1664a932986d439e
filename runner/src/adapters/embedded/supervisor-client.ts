import { err, failure, ok, type Result } from '@plumbline/contracts';
import { findSupervisor, isGone, type Supervisor } from './find-supervisor.ts';

const REQUEST_MS = 30_000;
/** A supervisor that was killed is gone, with its services, this soon after it did not answer. */
export const DEAD_MS = 2_000;
/** Longer than the grace that a supervisor gives its services. */
export const END_MS = 10_000;

/** An answer of the supervisor, its body parsed where there is one. */
export interface SupervisorAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** What is asked of a supervisor: see ministack's protocol.ts. */
export interface SupervisorRequest {
  readonly method: 'GET' | 'PUT' | 'DELETE' | 'POST';
  readonly path: string;
  readonly body?: unknown;
  readonly limitMs?: number;
}

/**
 * Asks the supervisor of a deploy root; undefined where there is none. One that is ending, and one that died while it
 * was asked, is waited for.
 */
export async function askIfThere(
  deployRoot: string,
  request: SupervisorRequest,
): Promise<Result<SupervisorAnswer | undefined>> {
  for (;;) {
    const found = await findSupervisor(deployRoot);
    if (!found.ok || found.value === undefined) return found as Result<undefined>;
    const answer = await askUnlessEnding(found.value, deployRoot, request);
    if (!answer.ok || answer.value !== 'gone') return answer as Result<SupervisorAnswer>;
  }
}

/** Asks a supervisor. It answers, or it is gone with all that it ran, or it is there and does not answer. */
export async function askUnlessEnding(
  supervisor: Supervisor,
  deployRoot: string,
  request: SupervisorRequest,
): Promise<Result<SupervisorAnswer | 'gone'>> {
  const answer = await ask(supervisor, request);
  if (answer.ok && !isClosing(answer.value)) return answer;
  if (await isGone(supervisor, deployRoot, answer.ok ? END_MS : DEAD_MS)) return ok('gone');
  return answer.ok ? err(stays(supervisor)) : answer;
}

/** One request to the supervisor, whatever it answers. */
export async function ask(
  supervisor: Supervisor,
  { method, path, body, limitMs = REQUEST_MS }: SupervisorRequest,
): Promise<Result<SupervisorAnswer>> {
  try {
    const response = await fetch(`http://127.0.0.1:${supervisor.port}${path}`, {
      method,
      headers: { authorization: `Bearer ${supervisor.token}` },
      signal: AbortSignal.timeout(limitMs),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return ok({ status: response.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) });
  } catch (thrown) {
    const cause =
      thrown instanceof Error
        ? ((thrown.cause as { code?: string } | undefined)?.code ?? thrown.message)
        : String(thrown);
    return err(
      failure('E_RUNTIME_SUPERVISOR', `${method} ${path} of the supervisor (process ${supervisor.pid}): ${cause}`),
    );
  }
}

/** A supervisor that was told to end, and does not. */
export function stays({ pid }: Supervisor) {
  return failure('E_RUNTIME_SUPERVISOR', `the supervisor (process ${pid}) does not end`);
}

/** An answer that was not to be expected. */
export function unexpected({ status, body }: SupervisorAnswer) {
  const { busy } = (body ?? {}) as { readonly busy?: { readonly operation: string; readonly since: string } };
  const said =
    busy === undefined
      ? `answered ${status}: ${JSON.stringify(body)}`
      : `has been at ${busy.operation} since ${busy.since}, and tells no state before that has ended`;
  return failure('E_RUNTIME_SUPERVISOR', `the supervisor ${said}`);
}

function isClosing({ status, body }: SupervisorAnswer): boolean {
  return status === 409 && (body as { closing?: unknown } | undefined)?.closing === true;
}
