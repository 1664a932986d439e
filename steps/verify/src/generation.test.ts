import { contractPath, err, failure, ok, type StepContext } from '@plumbline/contracts';
import { expect, it } from 'vitest';
import { artifactInput, makeArtifact } from '../../../tests/support/artifact.ts';
import { demoEnvironment } from '../../../tests/support/environment.ts';
import { memoryFiles } from '../../../tests/support/files.ts';
import { fakeHealth, fakePorts } from '../../../tests/support/ports.ts';
import { judgeGeneration } from './generation.ts';
import { verify } from './index.ts';

const config = demoEnvironment();
const current = contractPath('deploy', 'current', config.paths.deploy_root);

/** Proves one level; `meanwhile` happens while its one endpoint is asked. */
async function prove(meanwhile: (links: Map<string, string>) => void) {
  const files = memoryFiles();
  files.links.set(current, 'generations/aaa');
  const health = fakeHealth([]);
  const asking = {
    ...health,
    get endpoints() {
      meanwhile(files.links);
      return health.endpoints;
    },
  };
  const emitted: unknown[] = [];
  const context = {
    config,
    mode: 'apply',
    params: { levels: ['L1'] },
    inputs: { artifact: artifactInput(makeArtifact()) },
    ports: fakePorts({ files, health: asking }),
    signal: new AbortController().signal,
    emit: (event: unknown) => emitted.push(event),
  } as unknown as StepContext;
  const said = await verify.run(context);
  if (!said.ok) throw new Error(said.failure.message);
  const checks = said.value.checks.map((check) => [check.id, check.verdict, check.error?.code]);
  return { checks, emitted: emitted.length };
}

it('another generation that is deployed meanwhile must make the proof unknown', async () => {
  expect(await prove((links) => links.set(current, 'generations/bbb'))).toEqual({
    checks: [['verify.generation', 'unknown', 'E_PROOF_GENERATION_CHANGED']],
    emitted: 1,
  });
  expect((await prove((links) => links.delete(current))).checks).toHaveLength(1);
});

it('the same generation at both ends must add nothing', async () => {
  expect(await prove(() => undefined)).toEqual({ checks: [], emitted: 0 });
});

it('a link that cannot be read must be unknown', () => {
  const unreadable = err(failure('E_ENV_UNREADABLE', 'permission denied'));
  const link = ok('generations/aaa');
  for (const [before, after] of [[unreadable, link] as const, [link, unreadable] as const])
    expect(judgeGeneration(before, after)).toMatchObject([
      { id: 'verify.generation', verdict: 'unknown', error: { code: 'E_ENV_UNREADABLE' } },
    ]);
  expect(judgeGeneration(ok(undefined), ok(undefined))).toEqual([]);
});
