import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { expect, it } from 'vitest';
import { makeDeployment } from '../support/deployment.ts';
import { describeDocker } from '../support/docker.ts';
import { watched } from '../support/docker-proxy.ts';

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
    const asked = [...engine.methods()];
    expect(asked).toContain('GET');
    expect(asked.filter((method) => method !== 'GET' && method !== 'HEAD')).toEqual([]);

    // The bridge of the project's own network: those of other tests come and go.
    const gateway = '{{range .IPAM.Config}}{{.Gateway}}{{end}}';
    const bridge = await docker.docker('network', 'inspect', '--format', gateway, `${d.project}_obs`);
    const own = Object.values(networkInterfaces()).flat();
    expect(own.map((at) => at?.address)).toContain(bridge);
    for (const port of Object.values(d.ports)) {
      expect(await answersAt('127.0.0.1', port), `127.0.0.1:${port}`).toBe(true);
      expect(await answersAt(bridge, port), `${bridge}:${port}`).toBe(false);
    }

    expect((await d.plumbWith(engine.env, 'down')).code).toBe(0);
    expect(engine.methods()).toContain('POST');
  });
});
