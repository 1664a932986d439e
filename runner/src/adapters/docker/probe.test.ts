import { hostname, release, totalmem } from 'node:os';
import { expect, it } from 'vitest';
import { sharesHost } from './probe.ts';

it('a daemon must be on this host only where its kernel and its name are those of this host, and behind a network its memory too', () => {
  const here = { KernelVersion: release(), Name: hostname(), MemTotal: totalmem() };
  const socket = { host: 'unix:///var/run/docker.sock', local: true };
  const network = { host: 'tcp://10.0.0.1:2376', local: false };
  for (const endpoint of [socket, network]) {
    expect(sharesHost(endpoint, here)).toBe(true);
    expect(sharesHost(endpoint, { ...here, KernelVersion: '1.0.0' })).toBe(false);
    // The socket of a host that was put into a container: the same kernel, and other folders.
    expect(sharesHost(endpoint, { ...here, Name: 'another' })).toBe(false);
  }
  expect(sharesHost(network, { ...here, MemTotal: 1 })).toBe(false);
  expect(sharesHost(socket, { ...here, MemTotal: 1 })).toBe(true);
});
