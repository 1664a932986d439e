import type { Artifact, RuntimeFacts } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { artifactInput, makeArtifact, payload } from '../../../tests/support/artifact.ts';
import { demoEnvironment } from '../../../tests/support/environment.ts';
import { memoryFiles } from '../../../tests/support/files.ts';
import { fakeEngine, fakePorts } from '../../../tests/support/ports.ts';
import { runtimeFacts, untold } from '../../../tests/support/runtime.ts';
import { apply } from './index.ts';

const requirements = demoEnvironment().stack.requirements as NonNullable<Artifact['runtime_stack_requirements']>;

function rig(facts: Partial<RuntimeFacts>, policy?: 'strict' | 'warn', probes = true) {
  const artifact = makeArtifact({ runtime_stack_requirements: requirements });
  const files = memoryFiles(
    Object.fromEntries(Object.entries(payload).map(([path, text]) => [`/run/artifact/${path}`, text])),
  );
  const before = new Map(files.content);
  const engine = fakeEngine();
  const probing = probes ? { ...engine, probe: async () => runtimeFacts(facts) } : engine;
  const config = demoEnvironment(policy === undefined ? {} : { runtime_policy: policy });
  const run = () =>
    apply.run({
      config,
      inputs: { artifact: artifactInput(artifact) },
      params: {},
      mode: 'apply',
      dryRun: false,
      ports: fakePorts({ files, engine: probing }),
      signal: new AbortController().signal,
      runId: 'r1',
      runDir: '/run',
      emit: () => undefined,
    });
  return { files, before, engine, run };
}

describe('apply', () => {
  it.each([
    ['is not what the artifact requires', { apiVersion: { ok: true, value: '1.40' } }, 'E_RUNTIME_INCOMPATIBLE'],
    ['does not tell what it is', { kernel: untold }, 'E_RUNTIME_ENGINE_UNREACHABLE'],
  ] as const)('must change nothing where the runtime %s', async (_, facts, code) => {
    const { files, before, engine, run } = rig(facts);
    expect(await run()).toMatchObject({ ok: false, failure: { code } });
    expect(engine.calls).toEqual([]);
    expect(files.content).toEqual(before);
  });

  it('must deploy all the same where the policy is to warn, and say what it warns of', async () => {
    const { engine, run } = rig({ kernel: untold }, 'warn');
    const said = await run();
    expect(said).toMatchObject({
      value: {
        checks: [
          { id: 'apply.converged', verdict: 'pass' },
          { id: 'apply.runtime', verdict: 'warn', error: { code: 'E_RUNTIME_ENGINE_UNREACHABLE' } },
        ],
      },
    });
    expect(engine.calls).toContain('up loki');
  });

  it('must tell that every requirement is met, with what was found', async () => {
    const said = await rig({}).run();
    const check = said.ok ? said.value.checks.find(({ id }) => id === 'apply.runtime') : undefined;
    expect(check).toMatchObject({ verdict: 'pass', evidence: { findings: { length: 10 } } });
  });

  it('must hold an engine without a daemon to nothing', async () => {
    const said = await rig({}, 'strict', false).run();
    expect(said.ok && said.value.checks.map(({ id }) => id)).toEqual(['apply.converged']);
  });

  it('must tell of a payload that is not whole as that, also where the runtime does not fit', async () => {
    const both = rig({ apiVersion: { ok: true, value: '1.40' } });
    await both.files.write('/run/artifact/loki/loki.yml', 'auth_enabled: true\n');
    expect(await both.run()).toMatchObject({ failure: { code: 'E_PROOF_ARTIFACT_MISMATCH' } });
  });
});
