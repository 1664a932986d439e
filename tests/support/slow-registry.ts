import { createServer, request } from 'node:http';
import { freePort } from './deployment.ts';
import type { Registry } from './registry.ts';

/** A way to a registry that can be made to say no more. */
export interface SlowRegistry extends AsyncDisposable {
  /** As of a registry. */
  readonly address: string;
  /** From now on, who asks for this blob waits for ever; undefined: nobody does. */
  hold(digest: string | undefined): void;
  /** How many have asked for it since. */
  waiting(): number;
}

export async function slowly({ address: behind }: Registry): Promise<SlowRegistry> {
  let held: string | undefined;
  let waiting = 0;
  const server = createServer((asked, answer) => {
    if (held !== undefined && asked.method === 'GET' && asked.url?.endsWith(`/blobs/${held}`)) {
      waiting += 1;
      return;
    }
    const [hostname, port] = behind.split(':');
    const { method, url: path, headers } = asked;
    const passed = request({ hostname, port, method, path, headers }, (said) => {
      answer.writeHead(said.statusCode ?? 500, said.headers);
      said.pipe(answer);
    });
    passed.on('error', () => answer.destroy());
    answer.on('close', () => passed.destroy());
    asked.pipe(passed);
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${port}`,
    hold(digest) {
      held = digest;
      waiting = 0;
      server.closeAllConnections();
    },
    waiting: () => waiting,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
