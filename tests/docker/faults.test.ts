import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Report } from '@plumbline/contracts';
import { expect, it } from 'vitest';
import { type Deployment, makeDeployment } from '../support/deployment.ts';
import { describeDocker, type Engine } from '../support/docker.ts';

const container = async (d: Deployment, service: string) => {
  const seen = await d.engine.observe();
  if (!seen.ok) throw new Error(seen.failure.message);
  return seen.value.find((one) => one.service === service);
};
const codes = (d: Deployment) => [...new Set(d.summary().errors.map(({ code }) => code))];
const causes = (d: Deployment, step = 'apply') =>
  Object.entries((d.report(step) as Report).services ?? {}).flatMap(([name, { change, cause }]) =>
    change === 'keep' ? [] : [`${name}: ${change}, ${cause}`],
  );

async function deploy(docker: Engine): Promise<Deployment> {
  const d = await makeDeployment(docker);
  writeFileSync(join(d.logs, 'app.log'), 'a line\n');
  return d;
}

async function green(d: Deployment) {
  const run = await d.plumb('up');
  expect(run.stdout, run.stderr).toMatch(/^green/);
  return run;
}

await describeDocker('a host with Docker', (docker) => {
  it('must be told that nobody answers, or that compose is not there, with nothing changed', async () => {
    await using d = await deploy(docker);
    const nobody = await d.plumbWith({ DOCKER_HOST: 'unix:///nobody/docker.sock' }, 'up');
    expect(nobody.code).toBe(2);
    expect(codes(d)).toEqual(['E_RUNTIME_ENGINE_UNREACHABLE']);
    const bare = join(d.root, 'no plugins');
    mkdirSync(bare);
    const without = await d.plumbWith({ DOCKER_CONFIG: bare }, 'up');
    expect(without.code).toBe(2);
    expect(codes(d)).toEqual(['E_DEPS_TOOL_MISSING']);
    expect(readdirSync(d.deployRoot)).toEqual(['.lock']);
  });

  it('must be told of a port that another container has, and deploy once it is free', async () => {
    await using d = await deploy(docker);
    await using other = docker.project();
    await docker.docker('network', 'create', '--label', other.label, other.name);
    const id = await docker.docker(
      ...['run', '--detach', '--label', other.label, '--network', other.name],
      ...['--publish', `127.0.0.1:${d.ports.loki}:8080`, docker.images.probe],
    );
    const name = await docker.docker('inspect', '--format', '{{slice .Name 1}}', id);
    const taken = await d.plumb('up');
    expect(taken.code, taken.stdout).toBe(2);
    expect(codes(d)).toEqual(['E_RUNTIME_PORT_CONFLICT']);
    expect(taken.stdout).toContain(`loki needs 127.0.0.1:${d.ports.loki}, which is in use by the container ${name}`);
    expect(existsSync(join(d.deployRoot, 'current'))).toBe(false);
    await docker.docker('rm', '--force', id);
    await green(d);
  });

  it('must have put right what was stopped, removed or made by hand, and nothing else', async () => {
    await using d = await deploy(docker);
    await green(d);
    const [loki, grafana] = [await container(d, 'loki'), await container(d, 'grafana')];
    await docker.docker('stop', '--time', '60', loki?.instance ?? '');
    await docker.docker('rm', '--force', grafana?.instance ?? '');
    const looked = await d.plumb('diagnose');
    expect(looked.code, looked.stdout).toBe(2);
    expect(codes(d)).toContain('E_RUNTIME_SERVICE_UNHEALTHY');
    await green(d);
    expect(causes(d)).toEqual(['loki: replace, it ended (0)', 'grafana: create, it does not run']);
    // Made by hand under its own name, with compose's labels and another configuration.
    const alloy = await container(d, 'alloy');
    await docker.docker('rm', '--force', alloy?.instance ?? '');
    const labels = { project: d.project, service: 'alloy', 'container-number': '1', oneoff: 'False' };
    await docker.docker(
      ...['run', '--detach', '--name', `${d.project}-alloy-1`, '--network', `${d.project}_obs`],
      ...Object.entries(labels).flatMap(([name, value]) => ['--label', `com.docker.compose.${name}=${value}`]),
      docker.images.alloy,
    );
    await green(d);
    expect(causes(d)).toEqual(['alloy: replace, its configuration changed']);
  });

  it('must name the file that a container sees and nobody rendered, though the host has the right one', async () => {
    await using d = await deploy(docker);
    await green(d);
    const store = readdirSync(join(d.deployRoot, 'store')).find((name) => name.startsWith('loki-')) as string;
    const [at, aside] = [join(d.deployRoot, 'store', store), join(d.root, 'aside')];
    // The container keeps the folder that it was given, wherever that goes.
    renameSync(at, aside);
    cpSync(aside, at, { recursive: true });
    execFileSync('sh', ['-c', 'chmod u+w "$0" && echo "# edited" >>"$0"', join(aside, 'loki.yml')]);
    const looked = await d.plumb('verify');
    expect(looked.code, looked.stdout).toBe(2);
    const failed = (d.report('verify') as Report).checks.filter(({ verdict }) => verdict === 'fail');
    expect(failed.map(({ id, error }) => `${id} ${error?.code}`)).toEqual(['L8.loki.mounted E_PROOF_DRIFT_MOUNTED']);
    const mended = await d.plumb('repair');
    expect(mended.code, mended.stdout).toBe(0);
    expect(causes(d, 'heal')).toEqual([expect.stringMatching(/^loki: replace, L8\.loki\.mounted failed/)]);
    expect((await d.plumb('verify')).code).toBe(0);
  });

  it('must keep two projects apart, and refuse the root of one to the other name', async () => {
    await using one = await deploy(docker);
    await using other = await deploy(docker);
    await Promise.all([green(one), green(other)]);
    const before = await container(one, 'loki');
    expect((await other.plumb('down', '--volumes')).code).toBe(0);
    expect(await container(one, 'loki')).toEqual(before);
    one.configure((config) => {
      config.compose_project_name = `${one.project}-renamed`;
    });
    const renamed = await one.plumb('up');
    expect(renamed.code).toBe(2);
    expect(codes(one)).toContain('E_ENV_ROOT_FOREIGN');
    expect(await container(one, 'loki')).toEqual(before);
  });
});
