import { expect, test } from 'vitest';
import { freePort } from '../support/deployment.ts';
import { describeDocker } from '../support/docker.ts';
import { until } from '../support/real-prometheus.ts';
import { digestIn, startRegistry } from '../support/registry.ts';

/** What each image answers when it is ready, and whom it runs as. */
const services = [
  { image: 'probe', port: 8080, path: '/', answer: 'ok', user: '65534', standIn: 'false' },
  { image: 'loki', port: 3100, path: '/ready', answer: 'ready', user: '10001', standIn: 'true' },
  { image: 'alloy', port: 12345, path: '/-/ready', answer: 'Alloy is ready.', user: '', standIn: 'true' },
  { image: 'grafana', port: 3000, path: '/api/health', answer: '"database": "ok"', user: '472', standIn: 'true' },
  { image: 'cadvisor', port: 8080, path: '/healthz', answer: 'ok', user: '', standIn: 'true' },
  { image: 'prometheus', port: 9090, path: '/-/ready', answer: 'Server is Ready', user: '65534', standIn: 'false' },
  { image: 'node-exporter', port: 9100, path: '/metrics', answer: 'node_load1', user: '65534', standIn: 'false' },
] as const;

await describeDocker('the engine of the tests', (engine) => {
  const { docker } = engine;

  test('it answers with its own state, and Compose is there from 2.20 on', async () => {
    expect(await docker('info', '--format', '{{.DockerRootDir}}')).toBe(`${engine.directory}/data`);
    const [major = 0, minor = 0] = (await docker('compose', 'version', '--short')).split('.').map(Number);
    expect(major * 1000 + minor).toBeGreaterThanOrEqual(2020);
    await expect(docker('--host', `unix://${engine.directory}/nobody.sock`, 'version')).rejects.toThrow(
      'Cannot connect to the Docker daemon',
    );
  });

  test.each(services)('the image $image answers on a published port, as the user of the real one', async (service) => {
    await using project = engine.project();
    await docker('network', 'create', '--label', project.label, project.name);
    const port = await freePort();
    const published = `127.0.0.1:${port}:${service.port}`;
    const options = ['--label', project.label, '--network', project.name, '--publish', published];
    const id = await docker('run', '--detach', ...options, engine.images[service.image]);
    const body = async (address: string) => (await fetch(`http://${address}${service.path}`)).text();
    await until(`${service.image} is ready`, async () => (await body(`127.0.0.1:${port}`)).includes(service.answer));
    // Published on that address alone.
    await expect(body(`127.0.0.2:${port}`)).rejects.toThrow('fetch failed');
    expect(await docker('inspect', '--format', '{{.Config.User}}', id)).toBe(service.user);
    const label = '{{index .Config.Labels "io.plumbline.stand-in"}}';
    expect(await docker('inspect', '--format', label, id)).toBe(service.standIn);
    expect(engine.images[service.image].includes('stand-in')).toBe(service.standIn === 'true');
    await docker('stop', '--time', '60', id);
    // 137 would be a kill: it did not hear that it was asked to end. The exporter dies of being asked.
    expect(await docker('inspect', '--format', '{{.State.ExitCode}}', id)).toBe(
      service.image === 'node-exporter' ? '2' : '0',
    );
  });

  test('the probe and two stand-ins have no shell, and another has one', async () => {
    const inImage = (image: string) =>
      docker('run', '--rm', '--network', 'none', '--entrypoint', 'sh', image, '-c', 'echo here');
    await expect(inImage(engine.images.probe)).rejects.toThrow('"sh": executable file not found');
    await expect(inImage(engine.images.cadvisor)).rejects.toThrow('"sh": executable file not found');
    await expect(inImage(engine.images.loki)).rejects.toThrow('"sh": executable file not found');
    expect(await inImage(engine.images.alloy)).toBe('here');
  });

  test('a stand-in reaches another by its name, through the network of the engine', async () => {
    await using project = engine.project();
    await docker('network', 'create', '--label', project.label, project.name);
    const options = ['--label', project.label, '--network', project.name];
    await docker('run', '--detach', ...options, '--network-alias', 'store', engine.images.loki);
    const ask = (host: string) =>
      docker(
        'run',
        '--rm',
        ...options,
        '--entrypoint',
        'wget',
        engine.images.alloy,
        '-qO-',
        `http://${host}:3100/ready`,
      );
    await until('the store is ready', async () => (await ask('store')) === 'ready');
    await expect(ask('nobody')).rejects.toThrow("bad address 'nobody:3100'");
  });

  test('a project that is disposed of leaves nothing of its own, and nothing else is touched', async () => {
    await using other = engine.project();
    await docker('volume', 'create', '--label', other.label, other.name);
    const left = async (name: string) => {
      const filter = ['--filter', `label=plumbline.test=${name}`, '--quiet'];
      const lists = [
        ['ps', '--all'],
        ['network', 'ls'],
        ['volume', 'ls'],
      ];
      return (await Promise.all(lists.map((list) => docker(...list, ...filter)))).join('');
    };
    let name = '';
    {
      await using project = engine.project();
      name = project.name;
      const label = ['--label', project.label];
      await docker('network', 'create', ...label, name);
      await docker('volume', 'create', ...label, name);
      await docker('run', '--detach', ...label, '--network', name, engine.images.probe);
      expect(await left(name)).not.toBe('');
    }
    expect(await left(name)).toBe('');
    expect(await left(other.name)).toBe(other.name);
  });

  test('a registry gives what was pushed by tag and by digest, and nothing while it is away', async () => {
    await using project = engine.project();
    await using registry = await startRegistry(project.root);
    const repository = `${registry.address}/plumbline/probe`;
    await docker('tag', engine.images.probe, `${repository}:1`);
    await docker('push', `${repository}:1`);
    const pinned = await digestIn(registry, `${repository}:1`, engine);
    expect(pinned).toMatch(new RegExp(`^${repository}@sha256:[0-9a-f]{64}$`));
    const forget = () => docker('rmi', '--force', `${repository}:1`);
    await forget();

    await registry.stop();
    await expect(docker('pull', `${repository}:1`)).rejects.toThrow('connection refused');
    await registry.start();
    await docker('pull', `${repository}:1`);
    await docker('pull', pinned);
    await expect(docker('pull', `${repository}:2`)).rejects.toThrow('not found');
    const unknown = pinned.replace(/[0-9a-f]{64}$/, 'ab'.repeat(32));
    await expect(docker('pull', unknown)).rejects.toThrow('not found');
    await docker('rmi', '--force', pinned, `${repository}:1`);
  });
});
