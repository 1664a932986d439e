import { type Listener, ok } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { running } from './support/ports.ts';
import { type Change, check, run, wrong } from './support/preflight.ts';

const busy = (port: number): Listener => ({ host: '127.0.0.1', port, process: { pid: 42, name: 'nginx' } });
const published = (container: string, port: number) => async () =>
  ok([{ container, own: false, host: '127.0.0.1', port }]);
const proxy = { host: '127.0.0.1', port: 13100, process: { pid: 42, name: 'docker-proxy' } };

describe('preflight, who has a port', () => {
  const breaks: readonly (readonly [string, string, Change, RegExp])[] = [
    [
      'a port in use',
      'ports fail E_RUNTIME_PORT_CONFLICT',
      { host: { listening: async () => ok([busy(13100)]) } },
      /loki needs 127\.0\.0\.1:13100, which is in use by nginx \(process 42\)$/,
    ],
    [
      'a port that a container of another project publishes',
      'ports fail E_RUNTIME_PORT_CONFLICT',
      { host: { listening: async () => ok([proxy]) }, engine: { publishers: published('theirs-1', 13100) } },
      /loki needs 127\.0\.0\.1:13100, which is in use by the container theirs-1$/,
    ],
    [
      'a port that a killed daemon still holds',
      'ports fail E_RUNTIME_PORT_CONFLICT',
      { host: { listening: async () => ok([proxy]) }, engine: { publishers: published('theirs-1', 13101) } },
      /in use by docker-proxy \(process 42\), for no container$/,
    ],
  ];
  it.each(breaks)('must find exactly %s: %s', async (_, expected, change, says) => {
    const { checks, summary } = await run(change);
    expect(wrong(checks)).toEqual([expected]);
    expect(check(checks, 'ports').error?.message).toMatch(says);
    expect(summary).toContain(check(checks, 'ports').error?.message);
  });

  it('must say what to do about a port that a killed daemon still holds, and not say it of another', async () => {
    const change = (port: number) => ({
      host: { listening: async () => ok([proxy]) },
      engine: { publishers: published('theirs-1', port) },
    });
    const hint = async (port: number) => check((await run(change(port))).checks, 'ports').error?.hint;
    expect(await hint(13101)).toContain('systemctl restart docker');
    expect(await hint(13100)).not.toContain('systemctl');
  });

  it('must not count the lock that this very run holds, nor the ports of this deployment', async () => {
    const { checks } = await run({
      host: {
        lock: async () => ok({ held: true, holder: 'run r1 (up, process 9, since now)' }),
        listening: async () => ok([busy(13100), { ...busy(12345), host: '192.0.2.1' }]),
      },
      engine: { observe: async () => ok([running('loki', { address: '127.0.0.1:13100' })]) },
    });
    expect(wrong(checks)).toEqual([]);
  });

  it('must not count the port of a container of ours that its engine is just starting again', async () => {
    const found = await run({
      host: { listening: async () => ok([proxy]) },
      engine: {
        observe: async () => ok([running('loki', { state: 'exited', restarts: 3 })]),
        publishers: async () => ok([{ container: 'demo-loki-1', own: true, host: '127.0.0.1', port: 13100 }]),
      },
    });
    expect(wrong(found.checks)).toEqual([]);
    // Between two starts it is listed without ports.
    const between = await run({
      host: { listening: async () => ok([proxy]) },
      engine: {
        observe: async () => ok([running('loki', { state: 'exited', restarting: true, address: '127.0.0.1:13100' })]),
        publishers: async () => ok([]),
      },
    });
    expect(wrong(between.checks)).toEqual([]);
  });
});
