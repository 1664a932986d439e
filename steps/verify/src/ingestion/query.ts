import { err, failure, type HealthPort, type HttpPort, ok, type Result } from '@plumbline/contracts';

/** One line as the store gave it back. */
export interface Entry {
  readonly labels: Readonly<Record<string, string>>;
  /** Nanoseconds since 1970, as a string. */
  readonly ts: string;
  readonly line: string;
}

/** A range of the store, its ends in nanoseconds. */
export interface RangeQuery {
  readonly query: string;
  readonly startNs: string;
  readonly endNs: string;
  readonly limit: number;
}

/** Runs a range query. An answer that is not what Loki's API promises is E_NETWORK_BAD_ANSWER (seed 002, P13). */
export async function queryRange(
  range: RangeQuery,
  { http, health }: { readonly http: HttpPort; readonly health: HealthPort },
  signal: AbortSignal,
): Promise<Result<readonly Entry[]>> {
  const api = health.api('query_range');
  const params = new URLSearchParams({
    query: range.query,
    start: range.startNs,
    end: range.endNs,
    limit: String(range.limit),
    direction: 'backward',
  });
  const answer = await http.get(`${api.url}?${params}`, { timeoutMs: api.timeoutMs, signal });
  if (!answer.ok) return answer;
  if (answer.value.status !== 200) return bad(`answered ${answer.value.status}: ${http.excerpt(answer.value.body)}`);
  try {
    return entries(JSON.parse(answer.value.body));
  } catch {
    return bad(`answered something that is not JSON: ${JSON.stringify(http.excerpt(answer.value.body))}`);
  }
}

/** The entries of a `streams` answer, each part of it checked. */
export function entries(body: unknown): Result<readonly Entry[]> {
  const answer = body as { status?: unknown; data?: { resultType?: unknown; result?: unknown } } | null;
  if (answer?.status !== 'success') return bad(`status is ${JSON.stringify(answer?.status)}, not "success"`);
  if (answer.data?.resultType !== 'streams')
    return bad(`resultType is ${JSON.stringify(answer.data?.resultType)}, not "streams"`);
  if (!Array.isArray(answer.data.result)) return bad('result is not a list');
  const found: Entry[] = [];
  for (const stream of answer.data.result as { stream?: unknown; values?: unknown }[]) {
    if (!isLabels(stream?.stream) || !Array.isArray(stream.values)) return bad('a stream has no labels or no values');
    for (const value of stream.values as unknown[]) {
      if (
        !Array.isArray(value) ||
        typeof value[0] !== 'string' ||
        !/^\d{1,19}$/.test(value[0]) ||
        typeof value[1] !== 'string'
      )
        return bad('a value is not [nanoseconds, line]');
      found.push({ labels: stream.stream, ts: value[0], line: value[1] });
    }
  }
  return ok(found);
}

function isLabels(value: unknown): value is Record<string, string> {
  return (
    value !== null &&
    typeof value === 'object' &&
    !Array.isArray(value) &&
    Object.values(value).every((label) => typeof label === 'string')
  );
}

function bad(message: string): Result<never> {
  return err(failure('E_NETWORK_BAD_ANSWER', `query_range: ${message}`));
}
