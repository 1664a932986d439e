import { setTimeout as wait } from 'node:timers/promises';
import type { Log } from '../../common/child.ts';
import { dial, type World } from '../../common/world.ts';
import type { Metrics } from '../metrics.ts';
import type { Endpoint } from '../pipeline/build.ts';
import type { Push } from './record.ts';

export interface Pusher {
  readonly world: World;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Ends the attempts; the request stays in the record. */
  readonly signal: AbortSignal;
}

export type PushOutcome = 'done' | 'interrupted';

/**
 * Sends a request until it is answered for good. The real collector gives up after max_backoff_retries and loses the
 * batch; this one goes on, because it must lose nothing, and says so once. A refusal (4xx) is final in both: the store
 * has kept the valid entries of the request.
 */
export async function push(request: Push, endpoint: Endpoint, pusher: Pusher): Promise<PushOutcome> {
  const { metrics, log, signal } = pusher;
  const labels = {
    component_id: endpoint.component,
    component_path: '/',
    host: endpoint.host,
    tenant: endpoint.tenant,
  };
  metrics.add('loki_write_encoded_bytes_total', labels, request.body.length);
  for (let attempt = 0; ; attempt++) {
    if (signal.aborted) return 'interrupted';
    const answer = await send(request, endpoint, pusher);
    if (signal.aborted && answer.status === 0) return 'interrupted';
    if (answer.status >= 200 && answer.status < 300) {
      metrics.add('loki_write_sent_bytes_total', labels, request.body.length);
      metrics.add('loki_write_sent_entries_total', labels, request.entries);
      return 'done';
    }
    const fields = {
      component: endpoint.component,
      host: endpoint.host,
      status: answer.status,
      tenant: endpoint.tenant,
      error: answer.error,
    };
    const retry = answer.status < 400 || answer.status >= 500 || (answer.status === 429 && endpoint.retry429);
    if (!retry) {
      const reason = { ...labels, reason: answer.status === 429 ? 'rate_limited' : 'ingester_error' };
      metrics.add('loki_write_dropped_bytes_total', reason, request.body.length);
      metrics.add('loki_write_dropped_entries_total', reason, request.entries);
      log('error', 'final error sending batch', { ...fields, entries: request.entries });
      return 'done';
    }
    log('warn', 'error sending batch, will retry', fields);
    if (attempt === endpoint.maxRetries)
      log(
        'error',
        'retries are used up; the batch is kept and sent again, where the real collector would drop it',
        fields,
      );
    metrics.add('loki_write_batch_retries_total', labels);
    await backOff(Math.min(endpoint.maxBackoffMs, endpoint.minBackoffMs * 2 ** Math.min(attempt, 30)), signal);
  }
}

async function backOff(ms: number, signal: AbortSignal): Promise<void> {
  // Spread over the upper half of the time, as the real one does, so that collectors do not come back all at once.
  await wait(ms / 2 + Math.random() * (ms / 2), undefined, { signal }).catch(() => undefined);
}

async function send(
  request: Push,
  endpoint: Endpoint,
  pusher: Pusher,
): Promise<{ readonly status: number; readonly error: string }> {
  const url = dial(pusher.world, endpoint.url);
  if (!url.ok) return { status: 0, error: `Post "${endpoint.url}": ${url.failure.message}` };
  try {
    const response = await fetch(url.value, {
      method: 'POST',
      headers: {
        ...endpoint.headers,
        'Content-Type': 'application/json',
        ...(endpoint.tenant === '' ? {} : { 'X-Scope-OrgID': endpoint.tenant }),
      },
      body: request.body as Uint8Array<ArrayBuffer>,
      signal: AbortSignal.any([pusher.signal, AbortSignal.timeout(endpoint.timeoutMs)]),
    });
    const text = (await response.text()).trim().split('\n')[0]!.slice(0, 1024);
    return {
      status: response.status,
      error: `server returned HTTP status ${response.status} (${response.status}): ${text}`,
    };
  } catch (cause) {
    const inner = (cause as Error).cause as NodeJS.ErrnoException | undefined;
    return { status: 0, error: `Post "${endpoint.url}": ${inner?.code ?? inner?.message ?? (cause as Error).message}` };
  }
}
