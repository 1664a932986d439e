import { type Belonging, ok, type StepContext } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { demoEnvironment } from '../../../tests/support/environment.ts';
import { memoryFiles } from '../../../tests/support/files.ts';
import { fakeEngine, fakePorts, running } from '../../../tests/support/ports.ts';
import { cleanup } from './index.ts';

const config = demoEnvironment();
const root = config.paths.deploy_root;

function rig(deployed = true) {
  const files = memoryFiles(deployed ? { [`${root}/volumes/loki-data/x`]: 'data' } : {});
  if (deployed) files.links.set(`${root}/current`, `generations/${'c'.repeat(64)}`);
  const engine = fakeEngine(deployed ? [running('loki'), running('alloy')] : []);
  engine.data = deployed ? ['loki-data'] : [];
  const run = (more: Partial<StepContext> = {}) =>
    cleanup.run({
      config,
      inputs: {},
      params: { volumes: false },
      mode: 'apply',
      dryRun: false,
      ports: fakePorts({ files, engine }),
      signal: new AbortController().signal,
      runId: 'r1',
      runDir: '/run',
      emit: () => undefined,
      ...more,
    });
  return { files, engine, run };
}

const summary = async (ran: ReturnType<ReturnType<typeof rig>['run']>) => {
  const result = await ran;
  return result.ok ? result.value.summary : result.failure.code;
};

describe('cleanup', () => {
  it('must stop everything, forget the generation, and leave the data', async () => {
    const { files, engine, run } = rig();
    expect(await summary(run())).toBe('stopped loki, alloy; its data is kept');
    expect(engine.calls).toEqual(['down']);
    expect(files.links.size).toBe(0);
    expect(files.content.has(`${root}/volumes/loki-data/x`)).toBe(true);
  });

  it('must hand on that data is to go, only where that was asked for', async () => {
    const { engine, run } = rig();
    expect(await summary(run({ params: { volumes: true } }))).toBe('stopped loki, alloy; its data is removed');
    expect(engine.calls).toEqual(['down with volumes']);
  });

  it('must change nothing in a dry run, and not say that it did', async () => {
    const { files, engine, run } = rig();
    const dry = { dryRun: true, params: { volumes: true } };
    expect(await summary(run(dry))).toBe('would stop loki, alloy; its data would be removed');
    expect(engine.calls).toEqual([]);
    expect(files.links.size).toBe(1);
    const result = await run(dry);
    expect(result.ok && result.value.operations.map((op) => op.outcome)).toEqual(['planned', 'planned']);
  });

  it('must keep what the services said before it stops them, and stop them also where that fails', async () => {
    const { files, engine, run } = rig();
    engine.said.set('loki', ['the last words of loki']);
    engine.failing.add('evidence alloy');
    const result = await run();
    expect(files.text('/run/evidence/loki.log')).toBe('the last words of loki\n');
    expect(engine.calls).toEqual(['down']);
    expect(result.ok && result.value.checks[1]).toMatchObject({
      id: 'cleanup.evidence',
      verdict: 'warn',
      required: false,
      summary: expect.stringContaining('no evidence of alloy: gone'),
      evidence: { files: ['evidence/loki.log', 'evidence/loki.state.json'] },
    });
  });

  it('must leave what is not this deployment’s, name it, and fail only where another deploy root runs the project', async () => {
    const { engine, run } = rig();
    const foreign = { kind: 'container', id: '2', name: 'p-other-1', foreign: { why: 'it is theirs' } } as const;
    const volume = { kind: 'volume', id: 'v', name: 'p_theirs', foreign: { why: 'it is theirs' } } as const;
    const elsewhere = { ...foreign, foreign: { why: 'it was started from /other', root: '/other' } };
    const checks = async (belongings: readonly Belonging[], volumes: boolean) => {
      engine.belongings = async () => ok(belongings);
      const result = await run({ params: { volumes } });
      const found = result.ok ? result.value.checks : [];
      return found.flatMap(({ id, verdict, error }) => (error ? [`${id} ${verdict} ${error.code}`] : []));
    };
    expect(await checks([foreign, volume], false)).toEqual(['cleanup.foreign warn E_ENV_NOT_OURS']);
    expect(await checks([volume], false)).toEqual([]);
    expect(await checks([volume], true)).toEqual(['cleanup.foreign warn E_ENV_NOT_OURS']);
    expect(await checks([elsewhere], false)).toEqual(['cleanup.elsewhere fail E_ENV_PROJECT_ELSEWHERE']);
  });

  it('must have nothing to say where nothing runs', async () => {
    expect(await summary(rig(false).run())).toBe('nothing was running');
  });

  it('must keep the generation in mind when the engine could not stop it', async () => {
    const { files, engine, run } = rig();
    engine.failing.add('down');
    expect(await summary(run())).toBe('E_RUNTIME_SUPERVISOR');
    expect(files.links.size).toBe(1);
  });

  it.each([
    ['another project', { project: 'theirs' }, 'E_ENV_ROOT_FOREIGN'],
    ['a newer version', { schema_version: '2' }, 'E_CONFIG_SCHEMA_VERSION'],
    ['nobody who can be read', { project: 1 }, 'E_ENV_ROOT_UNSAFE'],
  ])('must stop nothing on a deploy root of %s', async (_, change, code) => {
    const { files, engine, run } = rig();
    const own = { schema_version: '1', project: config.bootstrap.compose_project_name, nonce: 'a'.repeat(32) };
    await files.write(`${root}/owner.json`, JSON.stringify({ ...own, ...change }));
    expect(await summary(run({ params: { volumes: true } }))).toBe(code);
    expect(engine.calls).toEqual([]);
    expect(files.links.size).toBe(1);
    await files.write(`${root}/owner.json`, JSON.stringify(own));
    expect(await summary(run())).toBe('stopped loki, alloy; its data is kept');
  });

  it('must stop the services also where something else stands for current or for the data, leave that, and fail', async () => {
    const { files, engine, run } = rig();
    files.links.set(`${root}/current`, '/etc');
    await files.remove(`${root}/volumes`);
    files.links.set(`${root}/volumes`, '/srv/data');
    const result = await run({ params: { volumes: true } });
    if (!result.ok) throw new Error(result.failure.message);
    expect(engine.calls).toEqual(['down']);
    expect(result.value.summary).toBe('stopped loki, alloy');
    expect(files.links.size).toBe(2);
    expect(result.value.checks.map(({ id, verdict, error }) => [id, verdict, error?.code, error?.place])).toEqual([
      ['cleanup.stopped', 'pass', undefined, undefined],
      ['cleanup.evidence', 'pass', undefined, undefined],
      ['cleanup.current', 'fail', 'E_ENV_ROOT_UNSAFE', `${root}/current`],
      ['cleanup.volumes', 'fail', 'E_ENV_ROOT_UNSAFE', `${root}/volumes`],
    ]);
  });
});
