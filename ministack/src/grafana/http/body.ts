import type { IncomingMessage } from 'node:http';

/** The most that a request may bring. */
export const maxBodyBytes = 16 * 1024 * 1024;

/** Reads a body within bounds. What is over them is still read and thrown away, so that the client sees the answer. */
export function readBody(request: IncomingMessage): Promise<Buffer | 'cut' | 'too large'> {
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
