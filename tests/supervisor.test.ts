import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contractPath, type EnginePort, type Result, type RunningService } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { parseCompose } from '../formats/src/compose.ts';
import { isAlive } from '../ministack/src/supervisor/testing-supervisor.ts';
import { createEmbeddedEngine } from '../runner/src/adapters/embedded/engine.ts';
import { putService } from '../runner/src/adapters/embedded/put-service.ts';
import { isFree } from '../runner/src/adapters/lock.ts';
import { eventually, freePort, processesNaming } from './support/deployment.ts';

// Other tests may run on this machine: a project has one root on all of it.
const [ONE, TWO] = ['one', 'two'].map((name) => `${name}-${randomBytes(4).toString('hex')}`) as [string, string];

/** A deploy root with a compose file of one project, whose one service needs no configuration file. */
interface Root {
  readonly path: string;
  readonly engine: EnginePort;
  up(): Promise<RunningService>;
  tryUp(): Promise<Result<RunningService>>;
  /** As `up`, for a project that may run elsewhere. */
  force(): Promise<void>;
  running(): Promise<readonly RunningService[]>;
  /** Process id of the supervisor. */
  supervisor(): number;
  /** Whether neither a supervisor nor a service of one is left. */
  isEmpty(): boolean;
  [Symbol.asyncDispose](): Promise<void>;
}

async function makeRoot(project: string, name = 'plumbline root '): Promise<Root> {
  const path = mkdtempSync(join(tmpdir(), name));
  const engine = createEmbeddedEngine(path);
  const compose = join(path, 'compose.yml');
  const port = await freePort();
  const published = `ports: [{host_ip: 127.0.0.1, published: ${port}, target: 8080}]`;
  const service = `{image: "gcr.io/cadvisor/cadvisor:v0.49.1", restart: unless-stopped, ${published}}`;
  writeFileSync(compose, `name: ${project}\nservices:\n  machine: ${service}\n`);
  return {
    path,
    engine,
    async up() {
      const up = await engine.up('machine', compose);
      if (!up.ok) throw new Error(up.failure.message);
      return up.value;
    },
    tryUp: () => engine.up('machine', compose),
    async force() {
      const file = parseCompose(readFileSync(compose, 'utf8'), compose);
      const put = file.ok ? await putService(file.value, 'machine', path) : file;
      if (!put.ok) throw new Error(put.failure.message);
    },
    async running() {
      const seen = await engine.observe();
      if (!seen.ok) throw new Error(seen.failure.message);
      return seen.value;
    },
    supervisor: () => JSON.parse(readFileSync(contractPath('deploy', 'supervisor', path), 'utf8')).pid as number,
    isEmpty: () => isFree(contractPath('deploy', 'supervisor_lock', path)),
    async [Symbol.asyncDispose]() {
      await engine.down({ volumes: true });
      rmSync(path, { recursive: true, force: true });
    },
  };
}

const pidOf = (service: RunningService | undefined) => Number(service?.instance.split('@')[0]);

describe('the deploy roots of a project', () => {
  const roots = async (root: Root, project: string) => {
    const found = await root.engine.roots?.(project);
    if (!found?.ok) throw new Error(found?.failure.message ?? 'the engine cannot tell');
    return found.value;
  };

  it('must be those from which it runs now, and no other', async () => {
    await using a = await makeRoot(ONE);
    await using b = await makeRoot(ONE, 'plumbline\nroot ü " ');
    await using c = await makeRoot(TWO);
    expect(await roots(a, ONE)).toEqual([]);
    await a.up();
    await c.up();
    for (const asks of [a, b, c]) {
      expect(await roots(asks, ONE)).toEqual([a.path]);
      expect(await roots(asks, TWO)).toEqual([c.path]);
      expect(await roots(asks, ONE.slice(1))).toEqual([]);
    }
    await b.force();
    expect(await roots(c, ONE)).toEqual([a.path, b.path].sort());
    await a.engine.stop('machine');
    expect(await roots(c, ONE)).toEqual([b.path]);
    process.kill(b.supervisor(), 'SIGKILL');
    await eventually('nothing to be left of it', b.isEmpty);
    expect(await roots(c, ONE)).toEqual([]);
  });

  it('must be one: the other is refused, and two that start at once are not both there', async () => {
    await using a = await makeRoot(ONE);
    await using b = await makeRoot(ONE);
    const first = await a.up();
    const refused = await b.tryUp();
    expect(refused).toMatchObject({ ok: false, failure: { code: 'E_ENV_PROJECT_ELSEWHERE' } });
    expect(!refused.ok && refused.failure.message).toBe(`${ONE} runs from ${a.path}, not from ${b.path}`);
    expect(await b.running()).toEqual([]);
    expect(await a.running()).toMatchObject([{ instance: first.instance, state: 'running' }]);
    await a.engine.stop('machine');
    expect((await b.tryUp()).ok).toBe(true);
    await b.engine.stop('machine');
    const both = await Promise.all([a.tryUp(), b.tryUp()]);
    expect(both.filter(({ ok }) => ok).length).toBeLessThanOrEqual(1);
    for (const [n, root] of [a, b].entries()) expect((await root.running()).length).toBe(both[n]?.ok ? 1 : 0);
    expect((await a.running()).length + (await b.running()).length).toBeLessThanOrEqual(1);
  });

  it('must name this one as it is known here, by whatever path it was deployed', async () => {
    await using a = await makeRoot(ONE);
    const other = `${a.path}-link`;
    symlinkSync(a.path, other);
    try {
      await a.up();
      const found = await createEmbeddedEngine(other).roots?.(ONE);
      expect(found).toEqual({ ok: true, value: [other] });
    } finally {
      rmSync(other);
    }
  });

  it('must not be taken from a process that only looks like a supervisor, nor from what one left behind', async () => {
    await using a = await makeRoot(ONE);
    await using b = await makeRoot(TWO);
    await a.up();
    // The announcement of a supervisor that lives, in a root that is not its own; and a program of that name there.
    const announcement = readFileSync(contractPath('deploy', 'supervisor', a.path), 'utf8');
    writeFileSync(contractPath('deploy', 'supervisor', b.path), announcement);
    mkdirSync(join(b.path, 'x'));
    const program = join(b.path, 'x', 'supervisor.js');
    writeFileSync(program, 'setInterval(() => {}, 1000)');
    const stranger = spawn(process.execPath, [program, b.path], { stdio: 'ignore' });
    try {
      await eventually('the stranger to run', () => processesNaming(program).length === 1);
      expect(await roots(b, ONE)).toEqual([a.path]);
    } finally {
      stranger.kill('SIGKILL');
    }
  });
});

describe('a supervisor', () => {
  it('that is killed while a service starts must leave no process, and the next one must start', async () => {
    await using a = await makeRoot(ONE);
    const first = await a.up();
    const supervisor = a.supervisor();
    process.kill(supervisor, 'SIGKILL');
    // Whoever looks meanwhile waits until nothing is left, and sees nothing then.
    expect(await a.running()).toEqual([]);
    expect(a.isEmpty()).toBe(true);
    expect(isAlive(pidOf(first))).toBe(false);
    const second = await a.up();
    expect(a.supervisor()).not.toBe(supervisor);
    expect(pidOf(second)).not.toBe(pidOf(first));
    expect(await a.running()).toMatchObject([{ service: 'machine', state: 'running' }]);
  });

  it('that was killed and left a service that does not end must be told by the process that is left, and cleared away', async () => {
    await using a = await makeRoot(ONE);
    const left = pidOf(await a.up());
    process.kill(left, 'SIGSTOP');
    const supervisor = a.supervisor();
    process.kill(supervisor, 'SIGKILL');
    await eventually('the supervisor to be gone', () => !isAlive(supervisor));
    const seen = await a.engine.observe();
    expect(seen).toMatchObject({ ok: false, failure: { code: 'E_RUNTIME_SUPERVISOR' } });
    expect(!seen.ok && seen.failure.message).toContain(`(process ${left}) holds the supervisor's lock of ${a.path}`);
    const again = await a.up();
    expect(pidOf(again)).not.toBe(left);
    expect(isAlive(left)).toBe(false);
    expect(await a.running()).toMatchObject([{ state: 'running', restarts: 0 }]);
  });

  it('that does not answer must be ended by down, with its services', async () => {
    await using a = await makeRoot(ONE);
    const service = pidOf(await a.up());
    process.kill(a.supervisor(), 'SIGSTOP');
    expect(await a.engine.down({ volumes: false })).toEqual({ ok: true, value: ['supervisor'] });
    expect(a.isEmpty()).toBe(true);
    expect(isAlive(service)).toBe(false);
    expect(await a.engine.down({ volumes: false })).toEqual({ ok: true, value: [] });
  });

  it('that was told to end by a run that died must be waited for by the next one, which sees nothing then', async () => {
    await using a = await makeRoot(ONE);
    await a.up();
    process.kill(a.supervisor(), 'SIGTERM');
    await eventually('the signal to be heard', async () => (await a.running()).length === 0);
    await a.up();
    expect(await a.running()).toMatchObject([{ state: 'running' }]);
  });
});
