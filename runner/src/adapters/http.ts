import { err, failure, type HttpPort, ok, type Result, type Scrubber } from '@plumbline/contracts';

const MAX_BODY = 32 << 20;
const SHOWN = 200;

/** HTTP over fetch. The body is read whole, up to 32 MiB; time limit and cancellation cover the body as well. */
export function createHttp(scrubber: Scrubber): HttpPort {
  return { get, excerpt: (body) => scrubber.text(body.trim()).slice(0, SHOWN) };
}

const get: HttpPort['get'] = async (url, { timeoutMs, signal, user }) => {
  const limit = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      redirect: 'manual',
      ...(user === undefined ? {} : { headers: { authorization: basic(user) } }),
      signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
    });
    const body = await readBody(response, url);
    if (!body.ok) return body;
    return ok({ status: response.status, headers: Object.fromEntries(response.headers), body: body.value });
  } catch (thrown) {
    const why = limit.aborted ? `no answer within ${timeoutMs} ms` : reason(thrown);
    return err(failure('E_NETWORK_UNREACHABLE', `GET ${url}: ${why}`));
  }
};

async function readBody(response: Response, url: string): Promise<Result<string>> {
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
  return ok(Buffer.concat(chunks).toString('utf8'));
}

function reason(thrown: unknown): string {
  const cause = thrown instanceof Error ? (thrown.cause as { code?: string; message?: string } | undefined) : undefined;
  return cause?.code ?? cause?.message ?? (thrown instanceof Error ? thrown.message : String(thrown));
}

function basic({ name, password }: { readonly name: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
}
