import { describe, expect, it } from 'vitest';
import { artifactInput, makeArtifact } from '../../tests/support/artifact.ts';
import { demoEnvironment } from '../../tests/support/environment.ts';
import { memoryFiles } from '../../tests/support/files.ts';
import { fakeHealth, fakePorts } from '../../tests/support/ports.ts';
import { asDeployed } from './as-deployed.ts';
import { sha256 } from './canonical.ts';
import { KEPT_ENVIRONMENT, keptEnvironmentText } from './kept-environment.ts';
import type { StepContext } from './step.ts';

const now = demoEnvironment();
const then = demoEnvironment({ ports: { ...now.bootstrap.ports, loki: 3999 } });
const text = keptEnvironmentText(then);
const artifact = makeArtifact({
  files: [{ path: KEPT_ENVIRONMENT, sha256: sha256(text), size: text.length, mode: '0444' }],
});
const file = `${now.paths.deploy_root}/generations/${artifact.generation}/artifact/${KEPT_ENVIRONMENT}`;

async function under(kept: string | undefined, of = artifact) {
  const asked: unknown[] = [];
  const health = fakeHealth([]);
  const context = {
    config: now,
    inputs: { artifact: artifactInput(of) },
    ports: fakePorts({
      files: memoryFiles(kept === undefined ? {} : { [file]: kept }),
      health: {
        ...health,
        under(contract, where) {
          asked.push(contract, where.ports.loki);
          return health;
        },
      },
    }),
  } as unknown as StepContext;
  return { found: await asDeployed(context), asked };
}

describe('what is deployed', () => {
  it('must be proved by the contract and at the addresses that it was deployed with', async () => {
    const { found, asked } = await under(text);
    expect(found).toMatchObject({
      ok: true,
      value: { config: { bootstrap: { ports: { loki: 3999 } }, paths: now.paths } },
    });
    expect(asked).toEqual([then.healthContract, 3999]);
  });

  it('must not be proved by a contract that is not the one of its artifact, or gone', async () => {
    expect((await under(text.replace('3999', '3998'))).found).toMatchObject({
      failure: { code: 'E_PROOF_ARTIFACT_MISMATCH' },
    });
    expect((await under(undefined)).found).toMatchObject({ failure: { code: 'E_CONFIG_NOT_FOUND' } });
  });

  it('must be proved by the environment as it is now where it keeps none', async () => {
    const { found, asked } = await under(undefined, makeArtifact());
    expect(found).toMatchObject({ ok: true, value: { config: now } });
    expect(asked).toEqual([]);
  });
});

it('must say the same of one environment in every order of keys, and nothing of the host', () => {
  const turned = {
    ...now,
    bootstrap: Object.fromEntries(Object.entries(now.bootstrap).reverse()) as typeof now.bootstrap,
  };
  expect(keptEnvironmentText(turned)).toBe(keptEnvironmentText(now));
  expect(keptEnvironmentText(now)).not.toContain('/repo');
  expect(keptEnvironmentText(then)).not.toBe(keptEnvironmentText(now));
});
