import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip, inflate } from 'node:zlib';
import { type Answer, plain } from './answer.ts';

/** The most that a request may bring, as it comes and unpacked. */
export const maxBodyBytes = 16 * 1024 * 1024;

export type Body = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly answer: Answer };

/** Reads and unpacks a request's body within bounds. Never rejects for what a client sends. */
export async function readBody(request: IncomingMessage): Promise<Body> {
  const bytes = await receive(request);
  if (bytes === 'cut') return { ok: false, answer: plain(400, 'unexpected EOF\n') };
  if (bytes === 'too large') return tooLarge();
  return unpack(bytes, String(request.headers['content-encoding'] ?? '').toLowerCase());
}

/** What is over the limit is still read, and thrown away: a client that is cut off while it sends never sees the answer. */
function receive(request: IncomingMessage): Promise<Buffer | 'cut' | 'too large'> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBodyBytes) chunks.push(chunk);
      else chunks.length = 0;
      if (size > 8 * maxBodyBytes) request.destroy();
    });
    request.once('end', () => resolve(size > maxBodyBytes ? 'too large' : Buffer.concat(chunks)));
    request.once('error', () => resolve('cut'));
    request.once('close', () => resolve('cut'));
  });
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
