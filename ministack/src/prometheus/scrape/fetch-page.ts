import { dial, type World } from '../../common/world.ts';

/** The page, or why there is none, in the words of Go's HTTP client. */
export type Page = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly error: string };

const maxPageBytes = 32 * 1024 * 1024;
const maxRedirects = 10;

export interface FetchOptions {
  readonly timeoutMs: number;
  readonly followRedirects: boolean;
  readonly signal: AbortSignal;
}

/** Gets a page over the stack's network only; a redirect that leads elsewhere finds no host. */
export async function fetchPage(world: World, url: string, options: FetchOptions): Promise<Page> {
  const late = AbortSignal.timeout(options.timeoutMs);
  const signal = AbortSignal.any([options.signal, late]);
  let at = url;
  for (let hops = 0; hops <= maxRedirects; hops += 1) {
    const address = dialled(world, at);
    if (!address.ok) return address;
    try {
      const response = await fetch(address.text, {
        redirect: 'manual',
        signal,
        headers: {
          Accept: 'text/plain;version=0.0.4;q=1,*/*;q=0.1',
          'User-Agent': 'Prometheus/2.52.0',
          'X-Prometheus-Scrape-Timeout-Seconds': String(options.timeoutMs / 1000),
        },
      });
      const location = response.headers.get('location');
      if (options.followRedirects && location !== null && [301, 302, 303, 307, 308].includes(response.status)) {
        await response.body?.cancel();
        at = new URL(location, at).href;
        continue;
      }
      if (response.status !== 200) {
        await response.body?.cancel();
        const status = `${response.status} ${response.statusText}`.trim();
        return { ok: false, error: `server returned HTTP status ${status}` };
      }
      return await readText(response);
    } catch (thrown) {
      return {
        ok: false,
        error: late.aborted ? `Get "${url}": context deadline exceeded` : `Get "${url}": ${why(thrown)}`,
      };
    }
  }
  return { ok: false, error: `Get "${url}": stopped after ${maxRedirects} redirects` };
}

function dialled(world: World, url: string): Page {
  try {
    const found = dial(world, url);
    if (found.ok) return { ok: true, text: found.value };
    return { ok: false, error: `Get "${url}": dial tcp: ${found.failure.message}` };
  } catch {
    return { ok: false, error: `Get "${url}": invalid URL` };
  }
}

async function readText(response: Response): Promise<Page> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += (chunk as Uint8Array).length;
    if (size > maxPageBytes) {
      return { ok: false, error: `body size limit of this stand-in exceeded: more than ${maxPageBytes} bytes` };
    }
    chunks.push(chunk as Uint8Array);
  }
  return { ok: true, text: Buffer.concat(chunks).toString('utf8') };
}

function why(thrown: unknown): string {
  const inner = thrown instanceof Error ? (thrown.cause as NodeJS.ErrnoException | undefined) : undefined;
  if (inner?.code === 'ECONNREFUSED') return 'connect: connection refused';
  if (inner?.code === 'ECONNRESET' || inner?.code === 'UND_ERR_SOCKET') return 'EOF';
  return inner?.message ?? (thrown instanceof Error ? thrown.message : String(thrown));
}
