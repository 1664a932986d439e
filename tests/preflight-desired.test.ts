import { changedSince, type DesiredState, desiredState } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import type { NoFile } from '../steps/preflight/src/observation.ts';
import { type MemoryFiles, memoryFiles } from './support/files.ts';
import { type Change, check, deploy, put, putOdd, run, templates, wrong } from './support/preflight.ts';

/** A line of the index: a run that was green. */
const greenRun = (more: object) =>
  JSON.stringify({
    schema_version: '1',
    run_id: 'r0',
    pipeline: 'up',
    environment: 'demo',
    mode: 'apply',
    status: 'green',
    exit_code: 0,
    started_at: '2026-03-01T12:00:00.000Z',
    duration_ms: 1,
    errors: 0,
    warnings: 0,
    buckets: [],
    user: 'u',
    run_path: 'runs/r0',
    previous: 'a'.repeat(64),
    hash: 'b'.repeat(64),
    ...more,
  });

describe('the desired state', () => {
  const stateOf = async (change: Change = {}) => (await run(change)).outputs.desired_state as DesiredState;

  it('must list every canonical file by a path of the repository', async () => {
    expect((await stateOf()).files.map((file) => file.path)).toEqual([
      'config/bootstrap.demo.json',
      'config/images.lock.json',
      'config/pipelines/',
      'config/pipelines/down.json',
      'config/pipelines/up.json',
      'config/stacks/observability/',
      'config/stacks/observability/stack.json',
      'config/stacks/observability/templates/compose.yml.j2',
      'contracts/error_taxonomy.json',
    ]);
  });

  it('must list every file that the environment extends', async () => {
    const chain = [
      '/repo/config/bootstrap.demo.json',
      '/repo/config/bootstrap.base.yaml',
      '/etc/plumb/bootstrap.all.json',
    ];
    const state = await stateOf({
      environment: { files: chain },
      files: (files) => {
        for (const path of chain) put(path, 'x')(files);
      },
    });
    const listed = state.files.map((file) => file.path);
    expect(listed).toEqual(
      expect.arrayContaining([
        'config/bootstrap.demo.json',
        'config/bootstrap.base.yaml',
        '/etc/plumb/bootstrap.all.json',
      ]),
    );
  });

  it('must change with any of them, and with a new one, and with nothing else', async () => {
    const before = await stateOf();
    const other = (path: string) => put(path, 'other');
    expect(await stateOf({ files: other(`${deploy}/other`) })).toEqual(before);
    for (const { path } of before.files.filter((file) => !file.path.endsWith('/')))
      expect((await stateOf({ files: other(`/repo/${path}`) })).sha256).not.toBe(before.sha256);
    expect((await stateOf({ files: other('/repo/config/stacks/observability/templates/new') })).sha256).not.toBe(
      before.sha256,
    );
  });

  it('must tell what changed since the last green run of this environment, and not call it a fault', async () => {
    const state = await stateOf();
    const lines = [
      greenRun({}),
      greenRun({ run_id: 'r9', status: 'failed' }),
      greenRun({ run_id: 'r8', environment: 'other' }),
      // It was green and recorded its files, and applied nothing.
      greenRun({ run_id: 'r7', pipeline: 'diagnose', mode: 'diagnose', run_path: 'runs/r7' }),
      '{torn',
    ];
    const files = (f: MemoryFiles) => {
      put('/repo/out/runs.jsonl', `${lines.join('\n')}\n`)(f);
      put('/repo/out/runs/r0/desired_state.json', JSON.stringify(state))(f);
      put('/repo/out/runs/r0/provenance.json', '{}')(f);
      put('/repo/out/runs/r7/desired_state.json', JSON.stringify({ ...state, files: [] }))(f);
      put('/repo/config/stacks/observability/stack.json', '{"a": 1}')(f);
    };
    const { checks } = await run({ files });
    expect(wrong(checks)).toEqual([]);
    expect(check(checks, 'drift')).toMatchObject({
      summary: 'changed since the green run r0: config/stacks/observability/stack.json',
      evidence: { since: 'r0', changed: ['config/stacks/observability/stack.json'] },
    });
  });

  it('must not be delivered where it would be of some files only', async () => {
    const { outputs } = await run({ files: putOdd(`${templates}/alloy.j2`, 'gone.j2') });
    expect(outputs).toEqual({});
  });

  it('must take a link to a file for that file', async () => {
    const before = await stateOf({ files: put(`${templates}/alloy.j2`, 'text') });
    const linked = (text: string) => (f: MemoryFiles) => {
      put('/repo/elsewhere.j2', text)(f);
      putOdd(`${templates}/alloy.j2`, '/repo/elsewhere.j2')(f);
    };
    expect(await stateOf({ files: linked('text') })).toEqual(before);
    expect((await stateOf({ files: linked('other') })).sha256).not.toBe(before.sha256);
  });

  it('must say to apply that a file changed which became a pipe since, and must not read it', async () => {
    const files = memoryFiles({ '/repo/a.j2': 'text', '/repo/b.j2': 'text' });
    const before = await desiredState('demo', ['a.j2', 'b.j2'], '/repo', files);
    if (!before.ok) throw new Error(before.failure.message);
    putOdd('/repo/a.j2')(files);
    expect(await changedSince(before.value, '/repo', files)).toEqual({ ok: true, value: ['a.j2'] });
  });

  it('must name what stands at each place where a file should be', async () => {
    const files = (f: MemoryFiles) => {
      putOdd(`${templates}/circle.j2`, 'circle.j2')(f);
      putOdd(`${templates}/folder.j2`, '/repo/config')(f);
      putOdd(`${templates}/gone.j2`, 'nowhere.j2')(f);
      putOdd(`${templates}/pipe.j2`)(f);
      putOdd(`${templates}/to-pipe.j2`, 'pipe.j2')(f);
    };
    const found = check((await run({ files })).checks, 'desired_state');
    const odd = 'a pipe, a device or a socket';
    expect(
      (found.evidence.missing as readonly NoFile[]).map(({ path, found: what }) => [path.split('/').at(-1), what]),
    ).toEqual([
      ['circle.j2', 'a circle of symbolic links'],
      ['folder.j2', 'a symbolic link to /repo/config, where a directory is'],
      ['gone.j2', 'a symbolic link to nowhere.j2, where nothing is'],
      ['pipe.j2', odd],
      ['to-pipe.j2', `a symbolic link to pipe.j2, where ${odd} is`],
    ]);
  });

  it('must be no reason for drift: a file that is gone is one that changed', async () => {
    const template = 'config/stacks/observability/templates/compose.yml.j2';
    const state = await stateOf();
    const files = (f: MemoryFiles) => {
      put('/repo/out/runs.jsonl', `${greenRun({})}\n`)(f);
      put('/repo/out/runs/r0/desired_state.json', JSON.stringify(state))(f);
      put('/repo/out/runs/r0/provenance.json', '{}')(f);
      putOdd(`/repo/${template}`, 'gone')(f);
    };
    const { checks } = await run({ files });
    expect(wrong(checks)).toEqual(['desired_state fail E_CONFIG_NOT_FOUND']);
    expect(check(checks, 'drift').evidence).toMatchObject({ since: 'r0', changed: [template] });
  });
});
