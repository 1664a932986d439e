import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildProgram, type Program } from '../common/testing-program.ts';
import type { ServiceState } from './protocol.ts';
import { isAlive, patient, polite, startSupervisor, until } from './testing-supervisor.ts';

let program: Program;
beforeAll(async () => {
  program = await buildProgram('supervisor');
});
afterAll(() => program.remove());

const pidsSaid = (text: string) => [...text.matchAll(/ready (\d+)/g)].map((match) => Number(match[1]));

describe('the state', () => {
  it('must be told at once where nothing is under way, and only after it where a service is being replaced', async () => {
    await using s = await startSupervisor(program.path);
    await s.up('a', patient('go'), { serviceHash: 'old', graceMs: 120_000 });
    expect(await s.state()).toMatchObject([{ service: 'a', state: 'running', serviceHash: 'old', lastExit: null }]);
    const put = s.ask('PUT', '/v1/services/a', s.spec('a', polite, { serviceHash: 'new' }));
    await until('the old one to be told to end', () => s.said('a').includes('stopping'));
    let told = false;
    const state = s.state().finally(() => {
      told = true;
    });
    // An answer that has come and gone on this very server: the state was asked for before, and is not told yet.
    expect((await s.ask('GET', '/v1/nothing')).status).toBe(404);
    expect(told).toBe(false);
    writeFileSync(join(s.root, 'go'), '');
    expect(await state).toMatchObject([{ service: 'a', state: 'running', serviceHash: 'new' }]);
    expect((await put).status).toBe(200);
  });
});

describe('a change whose asker dies', () => {
  it('must be brought to its end where it has begun, and must not be done where it has not', async () => {
    await using s = await startSupervisor(program.path);
    // It is to end when it is told, and not when a slow machine has used up its grace.
    await s.up('a', patient('go'), { serviceHash: 'old', graceMs: 120_000 });
    await s.up('b', polite, { serviceHash: 'old' });
    const dies = new AbortController();
    const begun = s.ask('PUT', '/v1/services/a', s.spec('a', polite, { serviceHash: 'new' }), dies.signal);
    await until('the old one to be told to end', () => s.said('a').includes('stopping'));
    const waits = s.ask('PUT', '/v1/services/b', s.spec('b', polite, { serviceHash: 'new' }), dies.signal);
    const lives = s.ask('PUT', '/v1/services/c', s.spec('c', polite, { serviceHash: 'new' }));
    expect((await s.ask('GET', '/v1/nothing')).status).toBe(404);
    dies.abort();
    await expect(begun).rejects.toThrow();
    await expect(waits).rejects.toThrow();
    expect((await s.ask('GET', '/v1/nothing')).status).toBe(404);
    writeFileSync(join(s.root, 'go'), '');
    expect((await lives).status).toBe(200);
    const hashes = (await s.state()).map(({ service, state, serviceHash }) => `${service} ${state} ${serviceHash}`);
    expect(hashes.sort()).toEqual(['a running new', 'b running old', 'c running new']);
    expect(pidsSaid(s.said('b')).map(isAlive)).toEqual([true]);
  });
});

describe('a replacement', () => {
  it('must leave one process of the last that was asked for, also where several are asked for at once', async () => {
    await using s = await startSupervisor(program.path);
    const hashes = ['1', '2', '3', '4'];
    const puts = hashes.map((serviceHash) => s.ask('PUT', '/v1/services/a', s.spec('a', polite, { serviceHash })));
    const states = (await Promise.all(puts.map(async (put) => (await put).json()))) as ServiceState[];
    expect(states.map((state) => state.serviceHash)).toEqual(hashes);
    const [now, ...others] = await s.state();
    expect(others).toEqual([]);
    const pids = states.map((state) => Number(state.instance.split('@')[0]));
    expect(pids.filter(isAlive)).toEqual([Number(now?.instance.split('@')[0])]);
  });

  it('must leave the old one where what is asked for cannot be read, and nothing where an address is taken', async () => {
    await using s = await startSupervisor(program.path);
    await s.up('a', polite, { serviceHash: 'old' });
    const before = await s.state();
    const good = s.spec('a', polite, { serviceHash: 'new' });
    for (const bad of [{ ...good, listen: 'all' }, { ...good, program: undefined }, [], 'text', null]) {
      const refused = await s.ask('PUT', '/v1/services/a', bad);
      expect(refused.status).toBe(400);
    }
    expect(await s.state()).toEqual(before);
    const other = createServer().listen(0, '127.0.0.1');
    await until('the port to be taken', () => other.listening);
    const { port } = other.address() as { port: number };
    const taken = await s.ask('PUT', '/v1/services/a', { ...good, listen: [{ host: '127.0.0.1', port }] });
    expect([taken.status, await taken.json()]).toEqual([409, { taken: { host: '127.0.0.1', port } }]);
    expect(await s.state()).toEqual([]);
    other.close();
    expect((await s.ask('PUT', '/v1/services/a', good)).status).toBe(200);
  });
});

describe('a service that ends by itself', () => {
  it('must say when it is started again, and must not where it runs or is not started again', async () => {
    await using s = await startSupervisor(program.path);
    const fails = `console.log('ready'); process.exit(3);`;
    await s.up('once', fails);
    await s.up('always', fails, { restart: true });
    await s.up('runs', polite, { restart: true });
    let seen: Awaited<ReturnType<typeof s.state>> = [];
    await until('the second back-off', async () => {
      seen = await s.state();
      const found = seen.find((state) => state.service === 'always');
      return found?.state === 'exited' && found.restarts >= 1 && found.nextStartAt !== undefined;
    });
    const [once, always, runs] = seen;
    expect(once).toMatchObject({ state: 'exited', restarts: 0, lastExit: '3' });
    expect(once).not.toHaveProperty('nextStartAt');
    expect(always).toMatchObject({ lastExit: '3' });
    expect(Date.parse(always?.nextStartAt ?? '')).toBeGreaterThan(Date.parse(always?.startedAt ?? ''));
    expect(runs).not.toHaveProperty('nextStartAt');
  });

  it('must be tried again, and say why, where it cannot be started at all', async () => {
    await using s = await startSupervisor(program.path);
    const spec = s.spec('a', polite, { logFile: join(s.root, 'supervisor.json', 'a.log'), restart: true });
    expect(await (await s.ask('PUT', '/v1/services/a', spec)).json()).toMatchObject({
      state: 'exited',
      lastExit: expect.stringContaining('EEXIST'),
      nextStartAt: expect.any(String),
    });
    await s.up('a', polite);
    expect(await s.state()).toMatchObject([{ state: 'running', restarts: 0, lastExit: null }]);
  });
});

describe('the announcement', () => {
  it('must name the projects of the services that run, and no other', async () => {
    await using s = await startSupervisor(program.path);
    expect(s.announced().projects).toEqual([]);
    await s.up('a', polite, { project: 'one' });
    await s.up('b', polite, { project: 'two' });
    expect(s.announced()).toMatchObject({ pid: s.pid, projects: ['one', 'two'] });
    await s.up('b', polite, { project: 'one' });
    expect(s.announced().projects).toEqual(['one']);
    await s.ask('DELETE', '/v1/services/b');
    expect(s.announced().projects).toEqual(['one']);
    await s.ask('DELETE', '/v1/services/a');
    expect(s.announced().projects).toEqual([]);
  });
});
