import { appendFileSync, chmodSync, cpSync, existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { applyAlone } from '../support/apply-alone.ts';
import { expectRefusal } from '../support/deploy-root.ts';
import { freePort, makeDeployment } from '../support/deployment.ts';
import { describeDocker, type Engine, startOwnEngine } from '../support/docker.ts';

/** An engine as one that is reached over TCP. */
async function overTcp(docker: Engine): Promise<Engine & AsyncDisposable> {
  const port = await freePort();
  // A client that has said all still listens.
  const server = createServer({ allowHalfOpen: true }, (from) => {
    const to = connect({ path: join(docker.directory, 'docker.sock'), allowHalfOpen: true });
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
    await using remote = await overTcp(docker);
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

    // Nobody may look into a container from here: its own image tells, if it can.
    const mounted = async (...args: string[]) => {
      await d.plumb('step', 'verify', '--param', 'levels=L8', ...args);
      const checks = d.report('verify').checks.filter(({ id }) => id.endsWith('.mounted'));
      return Object.fromEntries(checks.map(({ id, verdict, error }) => [id.split('.')[1], error?.code ?? verdict]));
    };
    const none = { 'docker-metrics': 'skipped', 'host-monitor': 'skipped' };
    const told = { alloy: 'pass', grafana: 'pass', prometheus: 'pass', loki: 'E_ENV_UNREADABLE', ...none };
    expect(await mounted()).toEqual(told);
    const untold = { alloy: 'E_ENV_UNREADABLE', grafana: 'E_ENV_UNREADABLE', prometheus: 'E_ENV_UNREADABLE' };
    expect(await mounted('--mode', 'diagnose')).toEqual({ ...told, ...untold });
    const store = readdirSync(join(d.deployRoot, 'store')).find((name) => name.startsWith('alloy-')) as string;
    const [at, aside] = [join(d.deployRoot, 'store', store), join(d.root, 'aside')];
    renameSync(at, aside);
    cpSync(aside, at, { recursive: true });
    chmodSync(join(aside, 'config.alloy'), 0o644);
    appendFileSync(join(aside, 'config.alloy'), '// edited\n');
    expect(await mounted()).toEqual({ ...told, alloy: 'E_PROOF_DRIFT_MOUNTED' });
  });

  it('must be refused where it does not, before a service is started', async () => {
    await using d = await makeDeployment(docker);
    mkdirSync(d.deployRoot, { recursive: true });
    await using apart = await startOwnEngine({ hidden: d.deployRoot });
    await using remote = await overTcp(apart);
    Object.assign(d.env, remote.env);
    const refused = await applyAlone(d);
    const says = /does not see this deploy root: a container that is given .*owner\.json finds none/;
    expectRefusal(refused, { exit: 2, code: 'E_RUNTIME_INCOMPATIBLE', at: 'owner.json', says });
    expect(existsSync(join(d.deployRoot, 'current'))).toBe(false);
    expect(await apart.docker('ps', '--all', '--quiet')).toBe('');
  });
});
