import {
  err,
  failure,
  type HttpAnswer,
  type HttpOptions,
  type HttpPort,
  ok,
  type Result,
  type Scrubber,
} from '@plumbline/contracts';

const MAX_BODY = 32 << 20;
const SHOWN = 200;

/** HTTP over fetch. The body is read whole, up to 32 MiB; time limit and cancellation cover the body as well. */
export function createHttp(scrubber: Scrubber): HttpPort {
  return {
    get: (url, options) => ask('GET', url, options),
    put: (url, body, options) => ask('PUT', url, options, JSON.stringify(body)),
    excerpt: (body) => scrubber.text(body.trim()).slice(0, SHOWN),
  };
}

async function ask(
  method: 'GET' | 'PUT',
  url: string,
  { timeoutMs, signal, user }: HttpOptions,
  json?: string,
): Promise<Result<HttpAnswer>> {
  const limit = AbortSignal.timeout(timeoutMs);
  const headers = {
    ...(user === undefined ? {} : { authorization: basic(user) }),
    ...(json === undefined ? {} : { 'content-type': 'application/json' }),
  };
  try {
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      headers,
      ...(json === undefined ? {} : { body: json }),
      signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
    });
    const body = await readBody(response, `${method} ${url}`);
    if (!body.ok) return body;
    return ok({
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: body.value.toString('utf8'),
    });
  } catch (thrown) {
    const why = limit.aborted ? `no answer within ${timeoutMs} ms` : reasonOf(thrown);
    return err(failure('E_NETWORK_UNREACHABLE', `${method} ${url}: ${why}`));
  }
}

/** The body of an answer whole; E_NETWORK_BAD_ANSWER where it is larger than 32 MiB. `asked`: what it answers. */
export async function readBody(response: Response, asked: string): Promise<Result<Buffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Always drained or cancelled: an unread body keeps the process alive.
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MAX_BODY) {
      await response.body?.cancel().catch(() => undefined);
      return err(failure('E_NETWORK_BAD_ANSWER', `${asked}: the answer is larger than ${MAX_BODY} bytes`));
    }
    chunks.push(chunk);
  }
  return ok(Buffer.concat(chunks));
}

/** Why a request got no answer. */
export function reasonOf(thrown: unknown): string {
  const cause = thrown instanceof Error ? (thrown.cause as { code?: string; message?: string } | undefined) : undefined;
  return cause?.code ?? cause?.message ?? (thrown instanceof Error ? thrown.message : String(thrown));
}

/** HTTP basic authentication (RFC 7617). */
export function basic({ name, password }: { readonly name: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
}
