import type { Artifact, Report, StepContext } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { makeArtifact } from '../../../tests/support/artifact.ts';
import { demoEnvironment } from '../../../tests/support/environment.ts';
import { memoryFiles } from '../../../tests/support/files.ts';
import { fakePorts } from '../../../tests/support/ports.ts';
import { promote } from './index.ts';

const config = demoEnvironment();
const root = config.paths.deploy_root;
const artifact = makeArtifact({ project: config.bootstrap.compose_project_name });
const link = (generation: string) => `generations/${generation}`;
const other = 'e'.repeat(64);

const proof = {
  step: 'verify',
  uses: 'verify',
  checks: [{ id: 'L3.arrival', verdict: 'pass' }],
  inputs: { artifact: { origin: 'a test', sha256: 'a1' } },
};

function rig(links: Readonly<Record<string, string>>) {
  const files = memoryFiles();
  for (const [name, generation] of Object.entries(links)) files.links.set(`${root}/${name}`, link(generation));
  const run = (status: Report['status'], more: Partial<StepContext> = {}, change: Partial<Report> = {}) =>
    promote.run({
      config,
      inputs: {
        artifact: { data: artifact as Artifact, path: '/run/artifact.json', origin: 'a test', sha256: 'a1' },
        proof: {
          data: { ...proof, status, ...change } as Report,
          path: '/run/verify.report.json',
          origin: '',
          sha256: '',
        },
      },
      params: {},
      mode: 'apply',
      dryRun: false,
      ports: fakePorts({ files }),
      signal: new AbortController().signal,
      runId: 'r1',
      runDir: '/run',
      emit: () => undefined,
      ...more,
    } as StepContext);
  return { files, run, verified: () => files.links.get(`${root}/verified`) };
}

describe('promote', () => {
  it.each(['pass', 'warn'] as const)('must mark what is deployed as proved when its proof is %s', async (status) => {
    const { run, verified } = rig({ current: artifact.generation, verified: other });
    expect(await run(status)).toMatchObject({ value: { operations: [{ op: 'flip_verified', outcome: 'done' }] } });
    expect(verified()).toBe(link(artifact.generation));
  });

  it.each(['fail', 'unknown', 'skipped'] as const)(
    'must leave the mark where it is when the proof is %s',
    async (status) => {
      const { run, verified } = rig({ current: artifact.generation, verified: other });
      expect(await run(status)).toMatchObject({ value: { checks: [{ verdict: 'skipped' }] } });
      expect(verified()).toBe(link(other));
    },
  );

  it.each([
    ['it is of another step', { uses: 'preflight' }],
    ['it looked at another artifact', { inputs: { artifact: { origin: 'x', sha256: 'b2' } } }],
    ['it did not look whether lines arrive', { checks: [{ id: 'L1.loki-ready', verdict: 'pass' }] }],
    ['it could not look whether lines arrive', { checks: [{ id: 'L3.arrival', verdict: 'skipped' }] }],
  ] as const)('must take no report for a proof where %s', async (_, change) => {
    const { run, verified } = rig({ current: artifact.generation, verified: other });
    const said = await run('pass', {}, change as unknown as Partial<Report>);
    expect(said).toMatchObject({ value: { checks: [{ verdict: 'skipped' }] } });
    expect(verified()).toBe(link(other));
  });

  it('must write nothing where the mark is right already, and nothing in a dry run', async () => {
    const right = rig({ current: artifact.generation, verified: artifact.generation });
    right.files.failing.add(`link ${root}/verified`);
    expect(await right.run('pass')).toMatchObject({ ok: true, value: { operations: [] } });
    const dry = rig({ current: artifact.generation });
    expect(await dry.run('pass', { dryRun: true })).toMatchObject({ ok: true });
    expect(dry.verified()).toBeUndefined();
  });

  it('must refuse when another generation was deployed since it was proved', async () => {
    const { run, verified } = rig({ current: other });
    expect(await run('pass')).toMatchObject({ failure: { code: 'E_PROOF_GENERATION_CHANGED' } });
    expect(verified()).toBeUndefined();
  });

  it('must refuse a deploy root of another project', async () => {
    const { files, run } = rig({ current: artifact.generation });
    await files.write(`${root}/owner.json`, JSON.stringify({ schema_version: '1', project: 'theirs', nonce: '' }));
    expect(await run('pass')).toMatchObject({ failure: { code: 'E_ENV_ROOT_FOREIGN' } });
  });
});
