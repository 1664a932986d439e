import { err, ok, type Result } from '@plumbline/contracts';
import { dial, type World } from '../../common/world.ts';
import type { DataSource } from '../provisioning/datasources.ts';

/** The most that is taken from a data source for one answer. */
const maxAnswerBytes = 64 * 1024 * 1024;

export interface Upstream {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

export type Unreached = { readonly why: string; readonly timedOut: boolean };

export interface Outgoing {
  readonly method: 'GET' | 'POST';
  /** Path and query below the data source's URL. */
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  readonly signal: AbortSignal;
}

/** Asks a data source, at its address on this host and with its own credentials. */
export async function ask(world: World, source: DataSource, outgoing: Outgoing): Promise<Result<Upstream, Unreached>> {
  const url = URL.canParse(source.url) ? dial(world, source.url) : undefined;
  if (url === undefined) return err({ why: `invalid data source URL ${JSON.stringify(source.url)}`, timedOut: false });
  if (!url.ok) return err({ why: url.failure.message, timedOut: false });
  try {
    const response = await fetch(`${url.value.replace(/\/$/, '')}/${outgoing.target}`, {
      method: outgoing.method,
      headers: { ...outgoing.headers, ...authorization(source) },
      ...(outgoing.body === undefined || outgoing.method === 'GET' ? {} : { body: new Uint8Array(outgoing.body) }),
      redirect: 'manual',
      signal: outgoing.signal,
    });
    const body = await limited(response);
    if (body === undefined) return err({ why: `the answer has more than ${maxAnswerBytes} bytes`, timedOut: false });
    return ok({ status: response.status, headers: response.headers, body });
  } catch (thrown) {
    const error = thrown as Error & { readonly cause?: unknown };
    const why = error.cause instanceof Error ? error.cause.message : error.message;
    return err({ why: withoutAddress(why), timedOut: error.name === 'TimeoutError' });
  }
}

function authorization({ basicAuth, basicAuthUser, secureJsonData }: DataSource): Record<string, string> {
  if (!basicAuth) return {};
  const pair = `${basicAuthUser}:${secureJsonData.basicAuthPassword ?? ''}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

async function limited(response: Response): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > maxAnswerBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The address on this host is the engine's affair: a container would not know it. */
function withoutAddress(why: string): string {
  return why.replace(/\s*\d+\.\d+\.\d+\.\d+:\d+/g, '').trim();
}
