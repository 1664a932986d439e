import type { StepContext } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { apply } from '../steps/apply/src/index.ts';
import { artifactInput, makeArtifact, payload } from './support/artifact.ts';
import { demoEnvironment } from './support/environment.ts';
import { type MemoryFiles, memoryFiles } from './support/files.ts';
import { fakeEngine, fakePorts } from './support/ports.ts';

const config = demoEnvironment();
const root = config.paths.deploy_root;

type Change = (files: MemoryFiles) => void;

/** Apply on a host on which nothing is deployed, changed as a test needs it. */
async function refusal(
  params: StepContext['params'],
  change: Change = () => undefined,
  artifact = artifactInput(makeArtifact()),
) {
  const files = memoryFiles(Object.fromEntries(Object.entries(payload).map(([p, t]) => [`/run/artifact/${p}`, t])));
  change(files);
  const before = [new Map(files.content), new Map(files.links)];
  const engine = fakeEngine();
  const result = await apply.run({
    config,
    inputs: { artifact },
    params,
    mode: 'apply',
    dryRun: false,
    ports: fakePorts({ files, engine }),
    signal: new AbortController().signal,
    runId: 'r1',
    runDir: '/run',
    emit: () => undefined,
  });
  expect([files.content, files.links]).toEqual(before);
  expect(engine.calls).toEqual([]);
  // How a rollback ended is told by its check, also where it could not begin.
  return result.ok ? result.value.checks.find((check) => check.verdict === 'fail')?.error : result.failure;
}

const write =
  (name: string, text: string): Change =>
  (files) =>
    void files.content.set(`${root}/${name}`, new TextEncoder().encode(text));
const link =
  (name: string, target: string): Change =>
  (files) =>
    void files.links.set(`${root}/${name}`, target);

const unsafe: readonly (readonly [string, Change])[] = [
  ['an owner.json that is no JSON', write('owner.json', '{')],
  ['an owner.json that names nobody', write('owner.json', '{"schema_version": "1"}')],
  ['a link that leads out of it', link('current', '/etc')],
  ['a link that leads to no generation', link('verified', 'store')],
  ['a file for a link', write('current', '')],
];

describe('what apply refuses, changing nothing', () => {
  it('must refuse a plan that is no longer the one that was looked at', async () => {
    const asked = 'a'.repeat(64);
    expect(await refusal({ plan: asked })).toMatchObject({ code: 'E_PROOF_PLAN_CHANGED', evidence: { asked } });
  });

  it('must refuse to go to the proved generation where none was proved', async () => {
    expect(await refusal({ target: 'verified' })).toMatchObject({ code: 'E_RUNTIME_NOT_VERIFIED' });
  });

  it.each(unsafe)('must refuse a deploy root with %s', async (_, change) => {
    expect(await refusal({}, change)).toMatchObject({ code: 'E_ENV_ROOT_UNSAFE' });
  });

  it('must refuse an artifact of another project than the environment deploys', async () => {
    const theirs = artifactInput(makeArtifact({ project: 'another' }));
    expect(await refusal({}, () => undefined, theirs)).toMatchObject({
      code: 'E_ENV_ROOT_FOREIGN',
      place: { file: theirs.path },
    });
  });

  it('must refuse a deploy root of another project', async () => {
    const text = JSON.stringify({ schema_version: '1', project: 'another' });
    expect(await refusal({}, write('owner.json', text))).toMatchObject({ code: 'E_ENV_ROOT_FOREIGN' });
  });
});
