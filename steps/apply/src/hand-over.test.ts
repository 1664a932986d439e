import { type HttpAnswer, ok, type SecretFile, type ServiceSecrets } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { demoEnvironment } from '../../../tests/support/environment.ts';
import { fakeHttp, fakePorts, fakeSecrets } from '../../../tests/support/ports.ts';
import { handOver } from './hand-over.ts';

const config = demoEnvironment();
const [secret] = config.secretsPolicy.secrets;
if (secret === undefined) throw new Error('the stack has a secret');
const folder = `${config.paths.deploy_root}/secrets/grafana`;
const own: ServiceSecrets = {
  service: 'grafana',
  policy: [secret],
  version: 'b2',
  fresh: [],
  linked: true,
  current: 'a1',
};

const OLD = 'the-old-one';
const NEW = 'the-new-one';

/** A service that knows one password, and changes it where it is asked to by who knows it. */
async function run(password: string, given: { old?: string | undefined; broken?: number } = {}) {
  const { old = 'old' in given ? undefined : OLD, broken } = given;
  let kept = password;
  const answer = (status: number): HttpAnswer => ({ status, headers: {}, body: '' });
  const http = fakeHttp((_, { user }) =>
    answer(broken ?? (user?.name === 'admin' && user.password === kept ? 200 : 401)),
  );
  const put = http.put;
  http.put = async (url, body, options) => {
    const said = await put(url, body, options);
    if (said.ok && said.value.status === 200) kept = (body as { newPassword: string }).newPassword;
    return said;
  };
  const file = (value: string): SecretFile => ({
    kind: 'file',
    mode: 0o400,
    uid: 1000,
    folder: { mode: 0o700, uid: 1000 },
    value,
  });
  const secrets = {
    ...fakeSecrets,
    read: async () => ok(NEW),
    look: async (path: string) =>
      ok(path === `${folder}/a1/admin_password` && old !== undefined ? file(old) : undefined),
  };
  const done = await handOver(own, {
    config,
    ports: fakePorts({ http, secrets }),
    signal: new AbortController().signal,
  });
  return { said: done.ok ? 'done' : done.failure.code, kept, asked: http.asked, sent: http.sent, done };
}

describe('handing a new password to a service whose data holds the old one', () => {
  it('must change it by the service’s own API, as the account itself', async () => {
    const { said, kept, asked, sent } = await run(OLD);
    expect([said, kept]).toEqual(['done', NEW]);
    expect(asked).toEqual(['http://api/account', 'http://api/account_password']);
    expect(sent).toEqual([{ oldPassword: OLD, newPassword: NEW, confirmNew: NEW }]);
  });

  it('must change nothing where the service has the new one already, as after a kill', async () => {
    const { said, sent } = await run(NEW);
    expect([said, sent]).toEqual(['done', []]);
  });

  it('must not ask at all where the two are the same', async () => {
    const { said, asked } = await run('whatever', { old: NEW });
    expect([said, asked]).toEqual(['done', []]);
  });

  it('must go by the new one alone where the old one is gone', async () => {
    expect((await run(NEW, { old: undefined })).said).toBe('done');
    expect((await run(OLD, { old: undefined })).said).toBe('E_RUNTIME_PASSWORD_REFUSED');
  });

  it('must change even a placeholder, which nothing else may use', async () => {
    expect(await run('admin', { old: 'admin' })).toMatchObject({ said: 'done', kept: NEW });
  });

  it('must refuse where the service knows neither, and name the file and no value', async () => {
    const { said, kept, done } = await run('a-third-one');
    expect([said, kept]).toEqual(['E_RUNTIME_PASSWORD_REFUSED', 'a-third-one']);
    expect(done).toMatchObject({ failure: { place: { file: `${folder}/a1/admin_password` } } });
    for (const value of [OLD, NEW]) expect(JSON.stringify(done)).not.toContain(value);
  });

  it('must not take an answer that is neither yes nor no for either', async () => {
    expect(await run(OLD, { broken: 503 })).toMatchObject({ said: 'E_NETWORK_BAD_ANSWER', kept: OLD });
  });
});
