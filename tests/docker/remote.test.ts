import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { applyAlone } from '../support/apply-alone.ts';
import { expectRefusal } from '../support/deploy-root.ts';
import { freePort, makeDeployment } from '../support/deployment.ts';
import { describeDocker, type Engine } from '../support/docker.ts';

const tools = join(import.meta.dirname, '../../tools/docker');

/** The engine of a directory as one that is reached over TCP. */
async function overTcp(docker: Engine, directory: string): Promise<Engine & AsyncDisposable> {
  const port = await freePort();
  const server = createServer((from) => {
    const to = connect(join(directory, 'docker.sock'));
    from.pipe(to).pipe(from);
    from.on('error', () => to.destroy());
    to.on('error', () => from.destroy());
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    ...docker,
    env: { ...docker.env, DOCKER_HOST: `tcp://127.0.0.1:${port}` },
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

await describeDocker('an engine behind TCP', (docker) => {
  it('must be deployed on where a container of it sees this deploy root', async () => {
    await using remote = await overTcp(docker, docker.directory);
    await using d = await makeDeployment(remote);
    const applied = await applyAlone(d);
    expect(applied.code, applied.stderr).toBe(0);
    const { operations, checks } = d.report('apply');
    const names = operations.map(({ op }) => op);
    expect(names).toContain('check_root');
    expect(names.indexOf('check_root')).toBeLessThan(names.indexOf('start'));
    expect(checks.find(({ id }) => id === 'apply.runtime')).toMatchObject({ verdict: 'pass' });
    const ours = `label=io.plumbline.project=${d.project}`;
    expect((await docker.docker('ps', '--all', '--quiet', '--filter', ours)).split('\n')).toHaveLength(6);
    expect((await applyAlone(d)).stdout).toContain('nothing changed');
  });

  it('must be refused where it does not, before a service is started', async () => {
    await using d = await makeDeployment(docker);
    const directory = mkdtempSync(join(tmpdir(), 'plumbline-apart-'));
    mkdirSync(d.deployRoot, { recursive: true });
    const apart = 'mount -t tmpfs apart "$1" && exec "$2" start "$3"';
    const engine = join(tools, 'engine.sh');
    const options = { stdio: 'ignore' } as const;
    execFileSync('unshare', ['--mount', 'sh', '-c', apart, 'sh', d.deployRoot, engine, directory], options);
    try {
      const env = { ...process.env, ...docker.env, DOCKER_HOST: `unix://${directory}/docker.sock` };
      execFileSync(process.execPath, [join(tools, 'images.mjs')], { ...options, env });
      await using remote = await overTcp(docker, directory);
      Object.assign(d.env, remote.env);
      const refused = await applyAlone(d);
      const says = /does not see this deploy root: a container that is given .*owner\.json finds none/;
      expectRefusal(refused, { exit: 2, code: 'E_RUNTIME_INCOMPATIBLE', at: 'owner.json', says });
      expect(existsSync(join(d.deployRoot, 'current'))).toBe(false);
      const list = ['--host', `unix://${directory}/docker.sock`, 'ps', '--all', '--quiet'];
      expect(execFileSync(join(docker.directory, 'bin/docker'), list, { encoding: 'utf8' })).toBe('');
    } finally {
      execFileSync(engine, ['stop', directory], options);
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
