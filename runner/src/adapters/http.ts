import { err, failure, type HttpPort, ok, type Result } from '@plumbline/contracts';

const MAX_BODY = 32 << 20;

/** HTTP over fetch. The body is read whole, up to 32 MiB; time limit and cancellation cover the body as well. */
export const http: HttpPort = {
  async get(url, { timeoutMs, signal, user }) {
    const limit = AbortSignal.timeout(timeoutMs);
    try {
      const response = await fetch(url, {
        redirect: 'manual',
        ...(user === undefined ? {} : { headers: { authorization: basic(user) } }),
        signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
      });
      const body = await readBody(response, url);
      if (!body.ok) return body;
      const text = body.value.toString('utf8');
      return ok({ status: response.status, headers: Object.fromEntries(response.headers), body: text });
    } catch (thrown) {
      const why = limit.aborted ? `no answer within ${timeoutMs} ms` : reasonOf(thrown);
      return err(failure('E_NETWORK_UNREACHABLE', `GET ${url}: ${why}`));
    }
  },
};

/** The body of an answer whole; E_NETWORK_BAD_ANSWER where it is larger than 32 MiB. */
export async function readBody(response: Response, url: string): Promise<Result<Buffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Always drained or cancelled: an unread body keeps the process alive.
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MAX_BODY) {
      await response.body?.cancel().catch(() => undefined);
      return err(failure('E_NETWORK_BAD_ANSWER', `GET ${url}: the answer is larger than ${MAX_BODY} bytes`));
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
