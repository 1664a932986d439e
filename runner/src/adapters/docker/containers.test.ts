import { describe, expect, it } from 'vitest';
import type { Container } from './api.ts';
import { foldersOf, isOfCompose, servicesOf, straysOf } from './containers.ts';

const NEVER = '0001-01-01T00:00:00Z';

function container(id: string, state: object = {}, labels: object = {}, more: object = {}): Container {
  return {
    Id: id,
    Name: `/p-loki-${id}`,
    Created: '2026-03-01T12:00:00.000Z',
    Image: `sha256:${'c'.repeat(64)}`,
    RestartCount: 0,
    State: {
      Status: 'running',
      Running: true,
      OOMKilled: false,
      ExitCode: 0,
      Error: '',
      StartedAt: '2026-03-01T12:00:01.123456789Z',
      ...state,
    },
    Config: {
      Image: 'grafana/loki:3.0.0',
      Labels: { 'com.docker.compose.service': 'loki', 'io.plumbline.service-hash': 'h', ...labels },
    },
    HostConfig: { PortBindings: { '3100/tcp': [{ HostIp: '127.0.0.1', HostPort: '13100' }] } },
    ...more,
  } as unknown as Container;
}

const stopped = (more: object) => ({ Status: 'exited', Running: false, ...more });
const created = { Status: 'created', Running: false, StartedAt: NEVER };
const services = (...all: Container[]) => servicesOf(all, new Map());

describe('the services of a project', () => {
  it('must be told by what runs, with where it listens and since when', () => {
    expect(
      services(container('a', {}, { 'io.plumbline.secrets': 'v1', 'io.plumbline.stand-in': 'true' })),
    ).toMatchObject([
      {
        service: 'loki',
        state: 'running',
        instance: 'a',
        serviceHash: 'h',
        secrets: 'v1',
        standIn: true,
        address: '127.0.0.1:13100',
        startedAt: '2026-03-01T12:00:01.123Z',
        lastExit: null,
      },
    ]);
    expect(services(container('a'))[0]?.standIn).toBe(false);
    expect(services(container('a', {}, { 'com.docker.compose.service': undefined }))).toEqual([]);
  });

  it('must be the one that runs of two, else the newer, and never one that did not start', () => {
    const old = container('old', stopped({}));
    const newer = container('newer', stopped({}), {}, { Created: '2026-03-02T00:00:00.000Z' });
    expect(services(newer, container('a'), old)[0]?.instance).toBe('a');
    expect(services(newer, old)[0]?.instance).toBe('newer');
    const left = container('left', created, {}, { Created: '2026-03-03T00:00:00.000Z', Name: '/0123_p-loki-1' });
    expect(services(left, old)[0]?.instance).toBe('old');
    expect(services(left)).toEqual([]);
    expect(straysOf([left, old])).toEqual([{ id: 'left', name: '0123_p-loki-1', service: 'loki' }]);
    expect(straysOf([old, container('a')])).toEqual([]);
  });

  it.each([
    [stopped({ ExitCode: 2 }), '2'],
    [stopped({ ExitCode: 127, Error: 'exec failed' }), '127: exec failed'],
    [stopped({ OOMKilled: true, ExitCode: 137 }), 'out of memory'],
    [{ Status: 'paused', Running: true }, 'it is paused'],
    [{ Status: 'restarting', Running: true, ExitCode: 1 }, '1'],
  ])('must have ended where it does not work: %j', (state, lastExit) => {
    expect(services(container('a', state))).toMatchObject([{ state: 'exited', lastExit }]);
  });

  it('must be known by the folder that compose started them from, and by whether compose did', () => {
    const folder = (path: string) => ({ 'com.docker.compose.project.working_dir': path });
    expect(foldersOf([container('a', {}, folder('/b')), container('b', {}, folder('/a')), container('c')])).toEqual([
      '/a',
      '/b',
    ]);
    expect(isOfCompose(container('a', {}, { 'com.docker.compose.config-hash': 'x' }))).toBe(true);
    expect(isOfCompose(container('a'))).toBe(false);
  });
});
