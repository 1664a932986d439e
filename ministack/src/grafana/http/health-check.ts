import type { World } from '../../common/world.ts';
import type { DataSource } from '../provisioning/datasources.ts';
import { ask } from './upstream.ts';

export interface Health {
  readonly ok: boolean;
  readonly message: string;
}

/** Both plugins ask their server to add two numbers: an answer that is not the sum is no health. */
export async function checkHealth(world: World, source: DataSource, signal: AbortSignal): Promise<Health> {
  return source.type === 'loki' ? lokiHealth(world, source, signal) : prometheusHealth(world, source, signal);
}

async function lokiHealth(world: World, source: DataSource, signal: AbortSignal): Promise<Health> {
  const failed = { ok: false, message: 'Unable to connect with Loki. Please check the server logs for more details.' };
  const query = new URLSearchParams({ direction: 'backward', query: 'vector(1)+vector(1)', time: '4000000000' });
  const answer = await ask(world, source, { method: 'GET', target: `loki/api/v1/query?${query}`, signal });
  return answer.ok && answer.value.status === 200 && sumOf(answer.value.body) === 2
    ? { ok: true, message: 'Data source successfully connected.' }
    : failed;
}

async function prometheusHealth(world: World, source: DataSource, signal: AbortSignal): Promise<Health> {
  const failed = (why: string) => ({
    ok: false,
    message: `${why} - There was an error returned querying the Prometheus API.`,
  });
  const query = new URLSearchParams({ query: '1+1', time: '4' });
  const post = source.jsonData.httpMethod !== 'GET';
  const answer = await ask(world, source, {
    method: post ? 'POST' : 'GET',
    target: post ? 'api/v1/query' : `api/v1/query?${query}`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    ...(post ? { body: Buffer.from(String(query)) } : {}),
    signal,
  });
  if (!answer.ok) return failed(answer.failure.why);
  if (answer.value.status !== 200) return failed(`${answer.value.status}`);
  return sumOf(answer.value.body) === 2
    ? { ok: true, message: 'Successfully queried the Prometheus API.' }
    : failed('unexpected answer');
}

/** The one number of an instant query's answer, be it a scalar or a vector of one. */
function sumOf(body: Uint8Array): number | undefined {
  try {
    const answer = JSON.parse(Buffer.from(body).toString('utf8')) as {
      readonly status?: unknown;
      readonly data?: { readonly resultType?: unknown; readonly result?: unknown };
    };
    if (answer.status !== 'success' || !Array.isArray(answer.data?.result)) return undefined;
    const result = answer.data.result as readonly unknown[];
    const sample =
      answer.data.resultType === 'scalar' ? result : (result[0] as { readonly value?: readonly unknown[] })?.value;
    return Number(sample?.[1]);
  } catch {
    return undefined;
  }
}
