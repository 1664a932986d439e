import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stack } from '@plumbline/contracts';
import { expect, it } from 'vitest';
import { applyAlone, generateAlone } from '../support/apply-alone.ts';
import { expectRefusal, tree } from '../support/deploy-root.ts';
import { type Deployment, makeDeployment } from '../support/deployment.ts';
import { describeDocker, type Engine, startOwnEngine } from '../support/docker.ts';

const STACK = 'config/stacks/observability/stack.json';

function require(d: Deployment, change: Partial<NonNullable<Stack['requirements']>>): void {
  d.edit(STACK, (text) => {
    const stack = JSON.parse(text) as Stack;
    return JSON.stringify({ ...stack, requirements: { ...stack.requirements, ...change } }, null, 2);
  });
}

/** Nothing of the project is on the host or the engine. */
/** `docker`: the engine, where it still can be asked. */
async function expectUntouched(d: Deployment, docker?: Engine): Promise<void> {
  expect(existsSync(d.deployRoot) ? tree(d.deployRoot) : {}).toEqual({});
  if (docker === undefined) return;
  const label = `label=com.docker.compose.project=${d.project}`;
  expect(await docker.docker('ps', '--all', '--quiet', '--filter', label)).toBe('');
}

/** The docker command line, except that it dies where its arguments match. */
function dyingDocker(d: Deployment, docker: Engine, when: string): Engine {
  const folder = join(d.root, 'shim');
  mkdirSync(folder);
  const real = join(docker.directory, 'bin/docker');
  writeFileSync(
    join(folder, 'docker'),
    `#!/bin/sh\ncase "$*" in ${when}) kill -SEGV $$ ;; esac\nexec '${real}' "$@"\n`,
  );
  chmodSync(join(folder, 'docker'), 0o755);
  return { ...docker, env: { ...docker.env, PATH: `${folder}:${docker.env.PATH}` } };
}

await describeDocker('the runtime', (docker) => {
  it.each([
    [
      'an API of another major',
      { min_api_version: '9.9' },
      /min_api_version: 9\.9 or newer is wanted, 1\.\d+ was found/,
    ],
    ['more memory than there is', { min_memory_mb: 99_999_999 }, /min_memory_mb: 99999999 MiB is wanted, \d+ MiB was/],
    ['another architecture', { architectures: ['s390x'] }, /architectures: s390x is wanted, (amd64|arm64) was found/],
    ['a newer compose', { min_compose_version: '999' }, /min_compose_version: 999 or newer is wanted, \d+\.\d+/],
  ] as const)(
    'must be refused by a stack that requires %s, by preflight and by apply, before anything is there',
    async (_, more, says) => {
      await using d = await makeDeployment(docker);
      require(d, more as Partial<NonNullable<Stack['requirements']>>);
      const refusal = { exit: 2, code: 'E_RUNTIME_INCOMPATIBLE', says };
      expectRefusal(await d.plumb('up'), refusal);
      expect(d.summary().steps.find(({ id }) => id === 'apply')?.status).toBe('skipped');
      expectRefusal(await applyAlone(d), refusal);
      await expectUntouched(d, docker);
    },
  );

  it('must let a policy of warning through what is a matter of degree, and nothing of another major', async () => {
    await using d = await makeDeployment(docker);
    d.configure((config) => {
      config.runtime_policy = 'warn';
    });
    require(d, { min_api_version: '9.9' });
    expectRefusal(await applyAlone(d), { exit: 2, code: 'E_RUNTIME_INCOMPATIBLE' });
    await expectUntouched(d, docker);
    require(d, { min_api_version: '1.999', min_memory_mb: 99_999_999 });
    const applied = await applyAlone(d);
    expect(applied.code, applied.stderr).toBe(1);
    expect(d.report('apply').checks.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual([
      'apply.converged pass',
      'apply.runtime warn',
    ]);
  });

  it('must be refused where its probe crashes, as the crash and not as a runtime that does not fit', async () => {
    await using d = await makeDeployment(docker);
    await using dying = await makeDeployment(dyingDocker(d, docker, '"compose version"*'));
    const refusal = { exit: 2, code: 'E_RUNTIME_COMPOSE_FAILED', says: /min_compose_version.*SIGSEGV/ };
    expectRefusal(await applyAlone(dying), refusal);
    await expectUntouched(dying, docker);
    await dying.plumb('step', 'preflight');
    expect(dying.report('preflight').checks.find(({ id }) => id === 'preflight.runtime')).toMatchObject({
      verdict: 'unknown',
    });
  });

  it('must be refused where its engine has ended', async () => {
    await using own = await startOwnEngine();
    await using d = await makeDeployment(own);
    const fits = async () => {
      await d.plumb('step', 'preflight');
      return d.report('preflight').checks.find(({ id }) => id === 'preflight.runtime');
    };
    expect(await fits()).toMatchObject({ verdict: 'pass', evidence: { findings: { length: 10 } } });
    own.kill();
    expect(await fits()).toMatchObject({ verdict: 'unknown', error: { code: 'E_RUNTIME_ENGINE_UNREACHABLE' } });
    const says = /cannot tell whether the runtime fits/;
    expectRefusal(await applyAlone(d), { exit: 2, code: 'E_RUNTIME_ENGINE_UNREACHABLE', says });
    await expectUntouched(d);
  });

  it('must not be blamed for a payload that is not whole, also where it does not fit', async () => {
    await using d = await makeDeployment(docker);
    require(d, { min_api_version: '9.9' });
    const folder = await generateAlone(d);
    const file = join(folder, 'artifact/loki/loki.yml');
    writeFileSync(file, `${readFileSync(file, 'utf8')}# one more line\n`);
    const applied = await d.plumb('step', 'apply', '--input', `artifact=${join(folder, 'artifact.json')}`);
    expectRefusal(applied, { exit: 2, code: 'E_PROOF_ARTIFACT_MISMATCH' });
    await expectUntouched(d, docker);
  });
});
