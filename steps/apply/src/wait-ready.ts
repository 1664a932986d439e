import { type EndpointHealth, err, failure, isoTime, ok, type Result } from '@plumbline/contracts';
import type { ExecuteContext } from './execute-context.ts';

const LOG_LINES = 5;

/**
 * Waits until a service that was started holds the `ready` part of its health contract, or ends, or its tries are used up.
 * `restarts`: how often it had been started again before it is waited for, which says nothing of how it comes up now.
 */
export async function waitReady(
  service: string,
  { ports, signal, emit }: ExecuteContext,
  restarts = 0,
): Promise<Result<void>> {
  const { health, clock, engine } = ports;
  for (const endpoint of health.endpoints.filter((e) => e.service === service && e.ready)) {
    const until = clock.now() + (endpoint.retries + 1) * endpoint.backoff_ms;
    emit({ type: 'waiting', text: `${service} to be ready (${endpoint.id})`, until: isoTime(until) });
    let last: EndpointHealth | undefined;
    for (let n = 0; n <= endpoint.retries && !last?.healthy; n += 1) {
      if (signal.aborted) return err(failure('E_ENV_INTERRUPTED', `interrupted while ${service} was starting`));
      if (n > 0) await clock.sleep(endpoint.backoff_ms, signal);
      last = await health.check(endpoint, { signal, tries: 1 });
      if (last.healthy) break;
      const ended = await endedByItself(service, engine, restarts);
      if (!ended.ok) return ended;
    }
    if (!last?.healthy) {
      const why = last?.failure?.message ?? 'no attempt was made';
      return err(
        failure('E_RUNTIME_SERVICE_UNHEALTHY', `${service} is not ready: ${why}`, {
          evidence: { endpoint: endpoint.id, url: last?.url, last: last?.attempts.at(-1) },
        }),
      );
    }
  }
  return ok(undefined);
}

/** A service that ends while it is waited for will not become ready: its own last words say why. */
async function endedByItself(
  service: string,
  engine: ExecuteContext['ports']['engine'],
  restarts: number,
): Promise<Result<void>> {
  const seen = await engine.observe();
  if (!seen.ok) return seen;
  const state = seen.value.find((s) => s.service === service);
  if (state === undefined || (state.state === 'running' && state.restarts <= restarts)) return ok(undefined);
  const log = await engine.lastWords(service, LOG_LINES);
  const lastWords = log.ok ? log.value : [];
  const said = lastWords.at(-1) ?? 'it said nothing';
  return err(
    failure(
      'E_RUNTIME_SERVICE_FAILED',
      `${service} ended${state.lastExit === null ? '' : ` with ${state.lastExit}`}: ${said}`,
      {
        ...(state.logFile === undefined ? {} : { place: { file: state.logFile } }),
        evidence: { log: lastWords, restarts: state.restarts },
      },
    ),
  );
}
