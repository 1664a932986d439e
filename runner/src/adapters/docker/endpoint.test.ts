import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { err, failure, ok } from '@plumbline/contracts';
import { afterAll, describe, expect, it } from 'vitest';
import { daemonEndpoint } from './endpoint.ts';

const folder = mkdtempSync(join(tmpdir(), 'plumb docker '));
afterAll(() => rmSync(folder, { recursive: true }));

const asked: string[] = [];
const docker = async (args: readonly string[]) => {
  asked.push(args.join(' '));
  return args[2] === 'remote'
    ? ok('tcp://10.0.0.1:2376\n')
    : err(failure('E_RUNTIME_COMPOSE_FAILED', 'no such context'));
};
const local = 'unix:///var/run/docker.sock';

describe('the daemon', () => {
  it('must be that of DOCKER_HOST before any context', async () => {
    const env = { DOCKER_HOST: 'ssh://me@there', DOCKER_CONTEXT: 'remote', DOCKER_CONFIG: folder };
    expect(await daemonEndpoint(env, docker)).toEqual(ok({ host: 'ssh://me@there', local: false }));
    expect(await daemonEndpoint({ DOCKER_HOST: '10.0.0.5:2375' }, docker)).toEqual(
      ok({ host: 'tcp://10.0.0.5:2375', local: false }),
    );
    expect(asked).toEqual([]);
  });

  it('must be that of the context that is named, as docker says what it means, else the local one', async () => {
    expect(await daemonEndpoint({ DOCKER_CONFIG: folder }, docker)).toEqual(ok({ host: local, local: true }));
    writeFileSync(join(folder, 'config.json'), '{"currentContext": "remote"}');
    const remote = ok({ host: 'tcp://10.0.0.1:2376', local: false });
    expect(await daemonEndpoint({ DOCKER_CONFIG: folder }, docker)).toEqual(remote);
    expect(await daemonEndpoint({ DOCKER_CONFIG: folder, DOCKER_CONTEXT: 'default' }, docker)).toMatchObject({
      value: { local: true },
    });
    expect(await daemonEndpoint({ DOCKER_CONFIG: folder, DOCKER_CONTEXT: 'none' }, docker)).toMatchObject({
      ok: false,
    });
    writeFileSync(join(folder, 'config.json'), '{');
    expect(await daemonEndpoint({ DOCKER_CONFIG: folder }, docker)).toMatchObject({ value: { host: local } });
  });
});
