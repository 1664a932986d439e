import type { Report } from '@plumbline/contracts';
import { expect, it } from 'vitest';
import { applyAlone } from '../support/apply-alone.ts';
import { type Deployment, makeDeployment } from '../support/deployment.ts';
import { describeDocker, type Project } from '../support/docker.ts';

const SERVICES = ['alloy', 'docker-metrics', 'grafana', 'host-monitor', 'loki', 'prometheus'];
const VOLUMES = ['alloy-data', 'grafana-data', 'loki-data', 'prometheus-data'];

await describeDocker('down', (docker) => {
  const named = async (kind: 'ps' | 'network' | 'volume', label: string) => {
    const list = kind === 'ps' ? ['ps', '--all'] : [kind, 'ls'];
    const name = kind === 'ps' ? '{{.Names}}' : '{{.Name}}';
    const found = await docker.docker(...list, '--format', name, '--filter', `label=${label}`);
    return found === '' ? [] : found.split('\n').sort();
  };
  const compose = ({ project }: Deployment) => `com.docker.compose.project=${project}`;
  const left = async (d: Deployment) => [
    ...(await named('ps', compose(d))),
    ...(await named('network', compose(d))),
    ...(await named('volume', compose(d))),
  ];
  const ran = async (d: Deployment, id: Project, name: string, ...more: string[]) => {
    const labels = ['--label', id.label, '--label', compose(d), '--label', `com.docker.compose.service=${name}`];
    const network = ['--network', `${d.project}_obs`];
    return docker.docker(
      'run',
      '--detach',
      '--name',
      `${d.project}-${name}`,
      ...labels,
      ...network,
      ...more,
      docker.images.probe,
    );
  };
  const operations = ({ operations: found }: Report) => found.map(({ op, target }) => `${op} ${target}`);
  const wrong = ({ checks }: Report) => checks.flatMap(({ id, error }) => (error ? [`${id} ${error.code}`] : []));

  it('must tell exactly what it would remove, and remove that', async () => {
    await using d = await makeDeployment(docker);
    expect((await applyAlone(d)).code).toBe(0);
    const all = [
      ...SERVICES.map((service) => `remove_container ${d.project}-${service}-1`),
      `remove_network ${d.project}_obs`,
    ];
    const volumes = VOLUMES.map((volume) => `remove_volume ${d.project}_${volume}`);
    expect((await d.plumb('down', '--dry-run')).code).toBe(0);
    expect(operations(d.report('cleanup'))).toEqual([...all, 'forget_current current']);
    expect((await d.plumb('down', '--volumes', '--dry-run')).code).toBe(0);
    expect(operations(d.report('cleanup'))).toEqual([...all, ...volumes, 'forget_current current']);
    expect(await left(d)).toHaveLength(SERVICES.length + 1 + VOLUMES.length);

    expect((await d.plumb('down')).code).toBe(0);
    expect(operations(d.report('cleanup'))).toEqual([...all, 'forget_current current']);
    expect(await left(d)).toEqual(VOLUMES.map((volume) => `${d.project}_${volume}`));
    expect((await d.plumb('down', '--volumes')).code).toBe(0);
    expect(operations(d.report('cleanup'))).toEqual(volumes);
    expect(await left(d)).toEqual([]);
  }, 180_000);

  it('must leave what does not carry our label, with the network and the data that it uses, and name it', async () => {
    await using d = await makeDeployment(docker);
    await using other = docker.project();
    expect((await applyAlone(d)).code).toBe(0);
    await ran(d, other, 'other', '--volume', `${d.project}_loki-data:/data`);
    await docker.docker(
      'volume',
      'create',
      '--label',
      other.label,
      '--label',
      compose(d),
      '--label',
      'com.docker.compose.volume=x',
      `${d.project}_x`,
    );
    const down = await d.plumb('down', '--volumes');
    expect(down.code, down.stderr).toBe(1);
    const stays = [`${d.project}-other`, `${d.project}_obs`, `${d.project}_loki-data`, `${d.project}_x`];
    expect(await left(d)).toEqual(stays);
    expect(await docker.docker('inspect', '--format', '{{.State.Running}}', `${d.project}-other`)).toBe('true');
    expect(wrong(d.report('cleanup'))).toEqual(['cleanup.foreign E_ENV_NOT_OURS']);
    for (const name of stays) expect(down.stdout).toContain(name);

    await docker.docker('rm', '--force', `${d.project}-other`);
    await docker.docker('volume', 'rm', `${d.project}_x`);
    expect((await d.plumb('down', '--volumes')).code).toBe(0);
    expect(await left(d)).toEqual([]);
  }, 180_000);

  it('must leave what another deploy root runs under the same project, name that root, and fail', async () => {
    await using d = await makeDeployment(docker);
    await using other = docker.project();
    expect((await applyAlone(d)).code).toBe(0);
    const labels = ['--label', `io.plumbline.project=${d.project}`];
    await ran(d, other, 'theirs', ...labels, '--label', `com.docker.compose.project.working_dir=${other.root}`);
    const down = await d.plumb('down');
    expect(down.code, down.stdout).toBe(2);
    expect(down.stdout + down.stderr).toContain(other.root);
    expect(wrong(d.report('cleanup'))).toEqual([
      'cleanup.elsewhere E_ENV_PROJECT_ELSEWHERE',
      'cleanup.foreign E_ENV_NOT_OURS',
    ]);
    expect(await named('ps', compose(d))).toEqual([`${d.project}-theirs`]);
    expect(await named('network', compose(d))).toEqual([`${d.project}_obs`]);
  }, 180_000);
});
