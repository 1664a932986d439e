import { describe, expect, it } from 'vitest';
import type { ProcessEnd, ProcessRequest } from '../process.ts';
import { createCli } from './cli.ts';

const kept = (text: string) => ({ head: Buffer.from(text), tail: new Uint8Array(), cut: 0 });

function rig(end: (request: ProcessRequest) => Promise<Partial<ProcessEnd>>) {
  const requests: ProcessRequest[] = [];
  const processes = {
    async run(request: ProcessRequest): Promise<ProcessEnd> {
      requests.push(request);
      const code = { kind: 'code', code: 0 } as const;
      return { exit: code, output: kept(''), stdout: kept(''), leftBehind: false, ...(await end(request)) };
    },
  };
  const env = { PATH: '/bin', DOCKER_HOST: 'unix:///x', COMPOSE_FILE: 'other.yml' };
  return { requests, docker: createCli(processes, env, () => 7) };
}

describe('the docker command line', () => {
  it('must give what it answers without what it warns of, and hand on the lock and no setting of compose', async () => {
    const { docker, requests } = rig(async () => ({
      output: kept('WARNING: Error loading config file\n2.26.1\n'),
      stdout: kept('2.26.1\n'),
    }));
    expect(await docker(['compose', 'version', '--short'])).toEqual({ ok: true, value: '2.26.1\n' });
    expect(requests).toMatchObject([
      { argv: ['docker', 'compose', 'version', '--short'], env: { PATH: '/bin', LC_ALL: 'C' }, inherit: 7 },
    ]);
    expect(requests[0]?.env).not.toHaveProperty('COMPOSE_FILE');
  });

  it('must tell why it failed by all that it said', async () => {
    const { docker } = rig(async () => ({
      exit: { kind: 'code', code: 1 },
      output: kept('Error response from daemon: no such image: x\n'),
    }));
    expect(await docker(['pull', 'x'])).toMatchObject({ failure: { code: 'E_DEPS_IMAGE_MISSING' } });
  });

  it('must end with the signal that it is given, and say so', async () => {
    const stop = new AbortController();
    const { docker } = rig(async ({ signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      return { exit: { kind: 'signal', signal: 'SIGTERM' } };
    });
    const pulled = docker(['pull', 'x'], stop.signal);
    stop.abort();
    expect(await pulled).toMatchObject({
      failure: { code: 'E_ENV_INTERRUPTED', message: 'docker pull was interrupted' },
    });
  });
});
