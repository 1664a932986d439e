import { ok, type SecretFile, type ServiceSecrets, type StepContext } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { demoEnvironment } from '../../../tests/support/environment.ts';
import { nothingDeployed } from '../../../tests/support/observed.ts';
import { fakeHttp, fakePorts, fakeSecrets, running } from '../../../tests/support/ports.ts';
import { checkRotation, rotation } from './rotation.ts';

const config = demoEnvironment();
const [secret] = config.secretsPolicy.secrets;
if (secret === undefined) throw new Error('the stack has a secret');
const file: SecretFile = {
  kind: 'file',
  mode: 0o400,
  uid: 1000,
  folder: { mode: 0o700, uid: 1000 },
  value: 'CHANGE_ME',
};

function context(status = 200, found: SecretFile | undefined = file): StepContext {
  const http = fakeHttp(() => ({ status, headers: {}, body: '' }));
  const ports = fakePorts({ http, secrets: { ...fakeSecrets, look: async () => ok(found) } });
  return { config, ports, params: {}, signal: new AbortController().signal } as unknown as StepContext;
}

async function check(change: Partial<ServiceSecrets>, given = context(), services = [running('grafana')]) {
  const own = {
    service: 'grafana',
    policy: [secret],
    version: 'b2',
    fresh: [{ secret }],
    linked: false,
    current: 'a1',
  };
  const secrets = [{ ...own, ...change } as ServiceSecrets];
  const can = await checkRotation(nothingDeployed({ secrets, running: services }), given, () => true);
  return can.ok ? 'can' : can.failure.code;
}

describe('which secrets are rotated', () => {
  it.each([
    ['', false],
    ['*', true],
    ['grafana', true],
    ['grafana/admin_password', true],
  ])('must be, of the param %j: %s', (rotate, wanted) => {
    const named = rotation({ ...context(), params: { rotate } });
    expect(named.ok && named.value(secret)).toBe(wanted);
  });

  it.each(['loki', 'grafana/password', 'admin_password'])('must not be guessed from %j', (rotate) => {
    expect(rotation({ ...context(), params: { rotate } })).toMatchObject({
      ok: false,
      failure: { code: 'E_CONFIG_INVALID_VALUE', message: expect.stringContaining('grafana/admin_password') },
    });
  });
});

describe('a rotation', () => {
  it('must begin where the service runs and knows its password, be that a placeholder', async () => {
    expect(await check({})).toBe('can');
    expect(await check({ policy: [{ ...secret, first_start: undefined } as never], current: undefined })).toBe('can');
  });

  it('must not begin where it could not be brought to its end', async () => {
    expect(await check({}, context(), [])).toBe('E_RUNTIME_SERVICE_UNHEALTHY');
    expect(await check({}, context(), [running('grafana', { state: 'exited' })])).toBe('E_RUNTIME_SERVICE_UNHEALTHY');
    expect(await check({ current: undefined })).toBe('E_RUNTIME_SERVICE_UNHEALTHY');
    expect(await check({}, context(500))).toBe('E_RUNTIME_SERVICE_UNHEALTHY');
    expect(await check({}, context(401))).toBe('E_RUNTIME_PASSWORD_REFUSED');
    expect(await check({}, context(200, { ...file, kind: 'other' }))).toBe('E_ENV_SECRETS_EXPOSED');
    const { change: _, ...fixed } = secret;
    expect(await check({ policy: [fixed], fresh: [{ secret: fixed }] })).toBe('E_CONFIG_INVALID_VALUE');
  });

  it('must not be asked about where none is begun', async () => {
    expect(await check({ fresh: [] }, context(401), [])).toBe('can');
    expect(await check({ fresh: [{ secret, from: '/a1' }] }, context(401), [])).toBe('can');
  });
});
