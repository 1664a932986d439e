import { err, failure, ok, type SecretFile, type StepContext } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { demoEnvironment } from '../../../tests/support/environment.ts';
import { memoryFiles } from '../../../tests/support/files.ts';
import { fakePorts, fakeSecrets } from '../../../tests/support/ports.ts';
import { secrets } from './index.ts';

const config = demoEnvironment();
const folder = `${config.paths.deploy_root}/secrets/grafana`;
const version = fakeSecrets.random(16);
const good: SecretFile = {
  kind: 'file',
  mode: 0o400,
  uid: 1000,
  folder: { mode: 0o700, uid: 1000 },
  value: 'k'.repeat(32),
};

function rig(look: SecretFile | 'hidden' = good) {
  const files = memoryFiles();
  const hidden = err(failure('E_ENV_UNREADABLE', 'cannot read it: EACCES'));
  const ports = fakePorts({
    files,
    secrets: { ...fakeSecrets, look: async () => (look === 'hidden' ? hidden : ok(look)) },
  });
  const run = async (more: Partial<StepContext> = {}) => {
    const context = { config, inputs: {}, params: {}, mode: 'apply', dryRun: false, ports, emit: () => undefined };
    const said = await secrets.run({ ...context, ...more } as unknown as StepContext);
    if (!said.ok) throw new Error(said.failure.message);
    const { operations, checks, summary } = said.value;
    return {
      summary,
      operations: operations.map(({ op, target, outcome }) => `${op} ${target} ${outcome}`),
      checks: checks.map(({ verdict, error }) => `${verdict} ${error?.code ?? ''}`.trim()),
    };
  };
  return { files, run };
}

describe('secrets', () => {
  it('must make what is missing before a link names it, once, and judge what is then there', async () => {
    const { files, run } = rig();
    expect(await run()).toEqual({
      summary: 'grafana/admin_password made',
      operations: ['write_secret grafana/admin_password done', 'want_secrets grafana done'],
      checks: ['pass'],
    });
    expect(files.text(`${folder}/${version}/admin_password`)).toBe(`${fakeSecrets.plant(24)}\n`);
    expect(files.links.get(`${folder}/wanted`)).toBe(version);
    expect(await run()).toMatchObject({ operations: [], checks: ['pass'] });
  });

  it.each([
    ['in diagnose, where that it is missing is a fault', { mode: 'diagnose' }, ['fail E_CONFIG_NOT_FOUND']],
    ['in a dry run', { dryRun: true }, []],
  ] as const)('must write nothing %s', async (_, more, checks) => {
    const { files, run } = rig();
    expect(await run(more)).toMatchObject({
      operations: ['write_secret grafana/admin_password planned', 'want_secrets grafana planned'],
      checks,
    });
    expect(files.content.size + files.links.size + files.made.size).toBe(0);
  });

  it('must let no link name what could not be written', async () => {
    const { files, run } = rig();
    files.failing.add(`write ${folder}/${version}/admin_password`);
    expect(await run()).toMatchObject({
      operations: ['write_secret grafana/admin_password failed', 'want_secrets grafana not_reached'],
      checks: ['fail E_ENV_UNWRITABLE'],
    });
    expect(files.links.size).toBe(0);
  });

  it('must not take a file that could not be looked at for a good one, nor for a bad one', async () => {
    expect((await rig('hidden').run()).checks).toEqual(['unknown E_ENV_UNREADABLE']);
    expect((await rig({ ...good, mode: 0o644 }).run()).checks).toEqual(['fail E_ENV_SECRETS_EXPOSED']);
  });
});
