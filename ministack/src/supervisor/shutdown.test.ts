import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { contractPath } from '@plumbline/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildProgram, type Program } from '../common/testing-program.ts';
import { isAlive, patient, polite, startSupervisor, type TestSupervisor, until } from './testing-supervisor.ts';

let program: Program;
beforeAll(async () => {
  program = await buildProgram('supervisor');
});
afterAll(() => program.remove());

const pidsSaid = (text: string) => [...text.matchAll(/ready (\d+)/g)].map((match) => Number(match[1]));
const lockIsFree = (s: TestSupervisor) =>
  spawnSync('flock', ['-n', contractPath('deploy', 'supervisor_lock', s.root), 'true']).status === 0;

describe('a shutdown', () => {
  it('whose asker dies must go on, and new services must be refused meanwhile', async () => {
    await using s = await startSupervisor(program.path);
    await s.up('slow', patient('go'), { graceMs: 120_000 });
    const { port, token } = s.announced();
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(
      `POST /v1/shutdown HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\ncontent-length: 0\r\n\r\n`,
    );
    await until('the service to be told to end', () => s.said('slow').includes('stopping'));
    socket.destroy();
    for (const [method, path] of [
      ['PUT', '/v1/services/other'],
      ['DELETE', '/v1/services/slow'],
      ['GET', '/v1/state'],
    ] as const) {
      const refused = await s.ask(method, path, method === 'PUT' ? s.spec('other', polite) : undefined);
      expect([refused.status, await refused.json()]).toEqual([409, { closing: true }]);
    }
    // Who may not ask for it must not end it either, before everything has stopped.
    const stranger = await fetch(`http://127.0.0.1:${port}/v1/shutdown`, { method: 'POST' });
    expect(stranger.status).toBe(401);
    expect(isAlive(s.pid)).toBe(true);
    writeFileSync(join(s.root, 'go'), '');
    expect(await s.ended).toEqual([0, null]);
    expect(existsSync(contractPath('deploy', 'supervisor', s.root))).toBe(false);
    expect(lockIsFree(s)).toBe(true);
  });

  it.each([
    ['a request', (s: TestSupervisor) => s.ask('POST', '/v1/shutdown').then((answer) => answer.status)],
    ['SIGTERM', (s: TestSupervisor) => Promise.resolve(process.kill(s.pid, 'SIGTERM') ? 204 : 0)],
  ])('by %s in the middle of a replacement must start nothing more and leave no process', async (_, shutDown) => {
    await using s = await startSupervisor(program.path);
    await s.up('a', patient('go'), { graceMs: 120_000 });
    await s.up('b', polite);
    const replaced = s.ask('PUT', '/v1/services/a', s.spec('a', polite));
    await until('the old one to be told to end', () => s.said('a').includes('stopping'));
    const waits = s.ask('PUT', '/v1/services/c', s.spec('c', polite));
    const asked = shutDown(s);
    await until('the shutdown to be known', async () => {
      const said = await s
        .ask('DELETE', '/v1/services/nothing', undefined, AbortSignal.timeout(1000))
        .catch(() => null);
      return said?.status === 409;
    });
    writeFileSync(join(s.root, 'go'), '');
    expect((await replaced).status).toBe(409);
    expect(await (await waits).json()).toEqual({ closing: true });
    expect(await asked).toBe(204);
    expect(await s.ended).toEqual([0, null]);
    const pids = [...pidsSaid(s.said('a')), ...pidsSaid(s.said('b'))];
    expect(pids).toHaveLength(2);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(s.said('c')).toBe('');
  });
});

describe('a supervisor that is killed', () => {
  it('must leave its lock to its services until the last of them has ended', async () => {
    await using s = await startSupervisor(program.path);
    // It does not notice that its supervisor is gone.
    await s.up('deaf', `setInterval(() => {}, 1000); console.log('ready ' + process.pid);`);
    await s.up('polite', polite);
    const [deaf = 0, other = 0] = [...pidsSaid(s.said('deaf')), ...pidsSaid(s.said('polite'))];
    expect(lockIsFree(s)).toBe(false);
    process.kill(s.pid, 'SIGKILL');
    await s.ended;
    await until('the polite one to end', () => !isAlive(other));
    expect(isAlive(deaf)).toBe(true);
    expect(lockIsFree(s)).toBe(false);
    process.kill(deaf, 'SIGKILL');
    await until('the lock to be free', () => lockIsFree(s));
    expect(readFileSync(contractPath('deploy', 'supervisor', s.root), 'utf8')).toContain(`"pid":${s.pid}`);
  });
});
