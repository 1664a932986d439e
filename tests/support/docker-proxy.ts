import { createServer, request } from 'node:http';
import { join } from 'node:path';
import type { Engine } from './docker.ts';

/** Another address of an engine, at which is seen what it is asked. */
export interface Watched extends AsyncDisposable {
  readonly env: Readonly<Record<string, string>>;
  /** The methods of the requests since it was last asked. */
  methods(): ReadonlySet<string>;
}

export async function watched(docker: Engine, root: string): Promise<Watched> {
  const methods: string[] = [];
  const server = createServer((asked, answer) => {
    methods.push(asked.method ?? '');
    const { method, url, headers } = asked;
    const options = { socketPath: join(docker.directory, 'docker.sock'), method, path: url, headers };
    const passed = request(options, (said) => {
      answer.writeHead(said.statusCode ?? 500, said.headers);
      said.pipe(answer);
    });
    passed.on('error', () => answer.destroy());
    answer.on('close', () => passed.destroy());
    asked.pipe(passed);
  });
  const socket = join(root, 'w.sock');
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return {
    methods: () => new Set(methods.splice(0)),
    env: { DOCKER_HOST: `unix://${socket}` },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
