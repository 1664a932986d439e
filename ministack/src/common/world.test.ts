import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import { dial, hostPath, listenAddress, readWorld, type World } from './world.ts';

const mapped: World = {
  service: 'loki',
  hostname: 'loki',
  environment: {},
  listen: { '3100': { host: '127.0.0.1', port: 13100 } },
  hosts: { 'loki:3100': '127.0.0.1:13100' },
  mounts: [{ target: '/etc/loki', source: '/deploy/loki', read_only: true }],
};

function read(environment: Readonly<Record<string, string | undefined>>): World {
  const world = readWorld(environment);
  if (!world.ok) throw new Error(world.failure.message);
  return world.value;
}

test('under the supervisor a stand-in opens, dials and listens through its map only', () => {
  const world = read({ PLUMBLINE_WORLD: JSON.stringify(mapped), PATH: '/bin' });
  expect(world).toEqual(mapped);
  expect(hostPath(world, '/etc/loki/loki.yml')).toEqual({ ok: true, value: '/deploy/loki/loki.yml' });
  expect(hostPath(world, '/etc/hostname')).toMatchObject({ ok: false, failure: { code: 'E_ENV_UNREADABLE' } });
  expect(dial(world, 'http://loki:3100/ready')).toEqual({ ok: true, value: 'http://127.0.0.1:13100/ready' });
  expect(dial(world, 'http://grafana:3000/')).toMatchObject({ ok: false, failure: { code: 'E_NETWORK_UNREACHABLE' } });
  expect(listenAddress(world, '3100')).toEqual({ host: '127.0.0.1', port: 13100 });
  expect(listenAddress(world, '3101')).toBeUndefined();
});

test('in a container the names, ports, mounts and variables are the real ones', () => {
  const world = read({ PLUMBLINE_WORLD: '{"container":"loki"}', GF_X: 'y', GONE: undefined });
  expect(world).toMatchObject({ service: 'loki', hostname: hostname() });
  expect(world.environment).toEqual({ GF_X: 'y' });
  expect(hostPath(world, '/etc/hostname')).toEqual({ ok: true, value: '/etc/hostname' });
  expect(hostPath(world, '/')).toEqual({ ok: true, value: '/' });
  expect(dial(world, 'http://grafana:3000/')).toEqual({ ok: true, value: 'http://grafana:3000/' });
  expect(listenAddress(world, '3101')).toEqual({ host: '0.0.0.0', port: 3101 });
});

test('without a world a stand-in says where it belongs', () => {
  expect(readWorld({})).toMatchObject({ ok: false, failure: { code: 'E_CONFIG_USAGE' } });
});
