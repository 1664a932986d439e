import type { StepContext } from '@plumbline/contracts';
import { provenance as provenanceValidator } from '@plumbline/contracts/validators';
import { describe, expect, it } from 'vitest';
import { artifactInput, makeArtifact, payload } from '../../../tests/support/artifact.ts';
import { demoEnvironment } from '../../../tests/support/environment.ts';
import { memoryFiles } from '../../../tests/support/files.ts';
import { fakeEngine, fakePorts } from '../../../tests/support/ports.ts';
import { apply } from './index.ts';

const config = demoEnvironment();
const root = config.paths.deploy_root;
const artifact = makeArtifact();
const kept = `${root}/generations/${artifact.generation}/provenance.json`;

function rig() {
  const files = memoryFiles(
    Object.fromEntries(Object.entries(payload).map(([path, t]) => [`/run/artifact/${path}`, t])),
  );
  const engine = fakeEngine();
  const controller = new AbortController();
  const run = async (more: Partial<StepContext> = {}) => {
    const result = await apply.run({
      config,
      inputs: { artifact: artifactInput(artifact) },
      params: {},
      mode: 'apply',
      dryRun: false,
      ports: fakePorts({ files, engine }),
      signal: controller.signal,
      runId: 'r1',
      runDir: '/run',
      emit: () => undefined,
      ...more,
    });
    if (!result.ok) throw new Error(result.failure.message);
    return result.value;
  };
  return { files, engine, controller, run };
}

describe('apply', () => {
  it('must start what the artifact describes and keep what it then saw', async () => {
    const { files, run } = rig();
    const said = await run();
    expect(said.summary).toBe('started loki, started alloy');
    expect(said.checks.map((check) => check.verdict)).toEqual(['pass']);
    expect(provenanceValidator(said.outputs.provenance)).toBe(true);
    expect(JSON.parse(files.text(kept))).toEqual(said.outputs.provenance);
    expect(said.standIns).toEqual(['loki', 'alloy']);
  });

  it('must change nothing the second time', async () => {
    const { engine, files, run } = rig();
    await run();
    const [calls, before] = [engine.calls.length, new Map(files.content)];
    const said = await run();
    expect(said.summary).toBe('nothing changed: all 2 services run as the artifact describes');
    expect(said.operations).toEqual([]);
    expect(engine.calls).toHaveLength(calls);
    expect(files.content).toEqual(before);
  });

  it.each([
    ['in a dry run', { dryRun: true }],
    ['in diagnose', { mode: 'diagnose' }],
  ] as const)('must change nothing %s, and tell what it would do', async (_, more) => {
    const { engine, files, run } = rig();
    const before = new Map(files.content);
    const said = await run(more);
    expect(said.summary).toMatch(
      new RegExp(`^${said.operations.length} operations would be carried out; plan [0-9a-f]{12}$`),
    );
    expect(said.operations.filter((op) => op.op === 'start')).toHaveLength(2);
    expect(said.outputs).toEqual({});
    expect(said.operations.every((op) => op.outcome === 'planned')).toBe(true);
    expect(engine.calls).toEqual([]);
    expect(files.content).toEqual(before);
    expect(files.links.size + files.made.size).toBe(0);
  });

  it('must fail with the cause, deliver no provenance and keep none', async () => {
    const { engine, files, run } = rig();
    engine.failing.add('up alloy');
    const said = await run();
    expect(said.checks).toMatchObject([{ verdict: 'fail', error: { code: 'E_RUNTIME_SUPERVISOR' } }]);
    expect(said.outputs).toEqual({});
    expect(files.content.has(kept)).toBe(false);
  });

  it('must not pass when it was stopped half way', async () => {
    const { engine, controller, run } = rig();
    const up = engine.up.bind(engine);
    engine.up = async (service, file) => {
      controller.abort();
      return up(service, file);
    };
    const said = await run();
    expect(said.checks).toMatchObject([{ verdict: 'fail', error: { code: 'E_ENV_INTERRUPTED' } }]);
    expect(said.outputs).toEqual({});
  });
});
