import { createServer, request } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeDeployment } from '../support/deployment.ts';
import { describeDocker, type Engine } from '../support/docker.ts';

/** An address of the engine that keeps the method of each request. */
async function watched(docker: Engine, root: string) {
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

function answersAt(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('close', () => socket.destroy());
  });
}

await describeDocker('containers that are looked at', (docker) => {
  it('must be asked by GET and HEAD alone in a diagnosis, and publish their ports on loopback alone', async () => {
    await using place = docker.project();
    await using d = await makeDeployment(docker);
    await using engine = await watched(docker, place.root);
    const up = await d.plumb('up');
    expect(up.stdout, up.stderr).toMatch(/^green/);
    expect(engine.methods()).toEqual(new Set());
    const diagnosed = await d.plumbWith(engine.env, 'diagnose');
    expect(diagnosed.code, diagnosed.stdout).toBe(0);
    const asked = engine.methods();
    expect(asked).toContain('GET');
    asked.delete('HEAD');
    expect(asked).toEqual(new Set(['GET']));

    const elsewhere = Object.values(networkInterfaces())
      .flat()
      .filter((at) => at?.family === 'IPv4' && !at.internal);
    // The bridge of the project's own network is one.
    expect(elsewhere).not.toEqual([]);
    for (const port of Object.values(d.ports)) {
      expect(await answersAt('127.0.0.1', port), `127.0.0.1:${port}`).toBe(true);
      for (const at of elsewhere)
        expect(await answersAt(at?.address as string, port), `${at?.address}:${port}`).toBe(false);
    }

    expect((await d.plumbWith(engine.env, 'down')).code).toBe(0);
    expect(engine.methods()).toContain('POST');
  });
});
