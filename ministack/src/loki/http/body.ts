import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip, inflate } from 'node:zlib';
import { type Answer, plain } from './answer.ts';

/** The most that a request may bring, as it comes and unpacked. */
export const maxBodyBytes = 16 * 1024 * 1024;

export type Body = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly answer: Answer };

/** Reads and unpacks a request's body within bounds. Never rejects for what a client sends. */
export async function readBody(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBodyBytes) return tooLarge();
      chunks.push(chunk);
    }
  } catch {
    return { ok: false, answer: plain(400, 'unexpected EOF\n') };
  }
  return unpack(Buffer.concat(chunks), String(request.headers['content-encoding'] ?? '').toLowerCase());
}

async function unpack(bytes: Buffer, encoding: string): Promise<Body> {
  if (encoding === '' || encoding === 'identity') return { ok: true, text: bytes.toString('utf8') };
  if (encoding !== 'gzip' && encoding !== 'deflate') {
    return { ok: false, answer: plain(400, `Content-Encoding ${JSON.stringify(encoding)} not supported\n`) };
  }
  try {
    const whole = await promisify(encoding === 'gzip' ? gunzip : inflate)(bytes, { maxOutputLength: maxBodyBytes });
    return { ok: true, text: whole.toString('utf8') };
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return tooLarge();
    return { ok: false, answer: plain(400, `${encoding}: invalid header\n`) };
  }
}

function tooLarge(): Body {
  return { ok: false, answer: plain(413, `request body too large: more than ${maxBodyBytes} bytes\n`) };
}
