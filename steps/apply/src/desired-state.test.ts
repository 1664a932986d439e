import { type DesiredState, desiredState, type Input, type StepContext } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { demoEnvironment } from '../../../tests/support/environment.ts';
import { memoryFiles } from '../../../tests/support/files.ts';
import { fakePorts } from '../../../tests/support/ports.ts';
import { checkDesiredState } from './desired-state.ts';

const template = 'config/stacks/observability/templates/compose.yml.j2';

async function setUp(path = '/repo/out/runs/r1/desired_state.json') {
  const files = memoryFiles({ [`/repo/${template}`]: 'services: {}', '/elsewhere/bootstrap.json': '{}' });
  const paths = [template, 'config/stacks/observability/', '/elsewhere/bootstrap.json'];
  const state = await desiredState('demo', paths, '/repo', files);
  if (!state.ok) throw new Error(state.failure.message);
  const input: Input<DesiredState> = { data: state.value, path, origin: 'step preflight', sha256: 'd'.repeat(64) };
  const context = (inputs: object = { desired_state: input }) =>
    ({
      config: demoEnvironment(),
      inputs,
      ports: fakePorts({ files }),
      runDir: '/repo/out/runs/r1',
    }) as unknown as StepContext;
  const put = (file: string) => files.content.set(file, new Uint8Array([1]));
  return { files, put, check: (inputs?: object) => checkDesiredState(context(inputs)) };
}

describe('the desired state of apply', () => {
  it('must let an apply through whose files are as preflight found them, and one without preflight', async () => {
    const { check, put } = await setUp();
    expect(await check()).toMatchObject({ ok: true });
    put(`/repo/${template}`);
    expect(await check({})).toMatchObject({ ok: true });
  });

  it.each([
    ['changed', `/repo/${template}`, template],
    ['added', '/repo/config/stacks/observability/new.j2', 'config/stacks/observability/'],
    ['changed outside the repository', '/elsewhere/bootstrap.json', '/elsewhere/bootstrap.json'],
  ])('must refuse where a file was %s', async (_, file, named) => {
    const { check, put } = await setUp();
    put(file);
    expect(await check()).toMatchObject({
      failure: { code: 'E_PROOF_DESIRED_STATE_CHANGED', evidence: { changed: [named] } },
    });
  });

  it('must refuse where a file was removed', async () => {
    const { check, files } = await setUp();
    files.content.delete(`/repo/${template}`);
    expect(await check()).toMatchObject({ failure: { message: expect.stringContaining(template) } });
  });

  it('must not hold a snapshot of another run against this artifact', async () => {
    const { check, put } = await setUp('/repo/out/runs/r0/desired_state.json');
    put(`/repo/${template}`);
    expect(await check()).toMatchObject({ ok: true });
  });
});
