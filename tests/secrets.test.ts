import {
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createScrubber, type Summary } from '@plumbline/contracts';
import { expect, it, onTestFinished } from 'vitest';
import { expectRefusal, instances, LIVE, replacedSince, tree } from './support/deploy-root.ts';
import { type Deployment, type Ended, makeDeployment } from './support/deployment.ts';

const stack = 'config/stacks/observability';
const folder = (d: Deployment) => join(d.deployRoot, 'secrets/grafana');
const version = (d: Deployment, link: 'wanted' | 'current' = 'current') => readlinkSync(join(folder(d), link));
const secretOf = (d: Deployment, name = 'admin_password') =>
  readFileSync(join(folder(d), version(d), name), 'utf8').trim();

/** Asks Grafana as its administrator. */
function ask(d: Deployment, password: string, path = '/api/user', init: RequestInit = {}) {
  const authorization = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
  const headers = { authorization, 'content-type': 'application/json' };
  return fetch(`http://127.0.0.1:${d.ports.grafana}${path}`, { ...init, headers });
}
const logsIn = async (d: Deployment, password: string) => (await ask(d, password)).status === 200;
const changePassword = async (d: Deployment, oldPassword: string, newPassword: string) => {
  const body = JSON.stringify({ oldPassword, newPassword, confirmNew: newPassword });
  const answer = await ask(d, oldPassword, '/api/user/password', { method: 'PUT', body });
  expect(answer.status).toBe(200);
};

async function project(): Promise<Deployment> {
  const d = await makeDeployment();
  onTestFinished(() => d[Symbol.asyncDispose]());
  return d;
}

async function green(d: Deployment, ...args: string[]): Promise<Ended> {
  const run = await d.plumb(...args);
  expect(run.stdout, run.stderr).toMatch(/^green/);
  expect(run.code).toBe(0);
  return run;
}

/** The operations of the newest run's apply that touch secrets or services, with what they touch. */
const operations = (d: Deployment) =>
  d
    .report('apply')
    .operations.filter(({ op }) => !/provenance|flip|probe|claim|store|generation/.test(op))
    .map(({ op, target }) => `${op} ${target}`);

it('must rotate a password: Grafana alone is replaced, takes the new one, refuses the old one, and all is proved', async () => {
  const d = await project();
  await green(d, 'up');
  const before = await instances(d);
  const [old, first] = [secretOf(d), version(d)];
  expect(first).toMatch(/^[0-9a-f]{32}$/);
  const planned = await d.plumb('secrets', 'rotate', '--dry-run', '--json');
  expect(planned.code, planned.stdout).toBe(0);
  const { ops, sha } = plannedIn(d);
  expect(ops).toEqual(expect.arrayContaining(['replace', 'hand_over', 'take_secrets']));
  expect(readdirSync(folder(d)).sort()).toEqual([first, 'current', 'wanted'].sort());
  const run = await d.plumb('secrets', 'rotate', 'grafana/admin_password', '--json', '--plan', sha);
  const summary = JSON.parse(run.stdout) as Summary;
  expect(summary.status, run.stdout + run.stderr).toBe('green');
  expect(summary.levels.filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
  expect(await replacedSince(before, d)).toEqual(['grafana']);
  expect(version(d)).not.toBe(first);
  expect(version(d, 'wanted')).toBe(version(d));
  expect([await logsIn(d, secretOf(d)), await logsIn(d, old)]).toEqual([true, false]);
  const scrubber = createScrubber([old, secretOf(d)]);
  const reports = readdirSync(join(d.root, 'out/runs'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'));
  for (const said of [run.stdout, run.stderr, ...reports, readFileSync(join(d.deployRoot, 'journal.jsonl'), 'utf8')])
    expect(scrubber.text(said) === said).toBe(true);
  const again = await d.plumb('step', 'apply');
  expect(again.stdout).toContain('nothing changed: all 6 services run as the artifact describes');
}, 180_000);

it('must keep a new password where a later configuration is undone: what is gone back to is a configuration', async () => {
  const d = await project();
  await green(d, 'up');
  const old = secretOf(d);
  await green(d, 'secrets', 'rotate');
  d.edit(`${stack}/templates/loki/loki.yml.j2`, (text) =>
    text.replace('replication_factor: 1', 'replication_factor: 1\n  no_such_key: 1'),
  );
  const back = await d.plumb('up');
  expect(back.code, back.stdout).toBe(3);
  expect([await logsIn(d, secretOf(d)), await logsIn(d, old)]).toEqual([true, false]);
}, 180_000);

function plannedIn(d: Deployment) {
  const report = d.report('apply');
  const sha = report.checks[0]?.evidence.plan_sha256 as string;
  return { ops: report.operations.map(({ op }) => op), sha };
}

it('must refuse to rotate where it could not be brought to its end, and change nothing', async () => {
  const d = await project();
  await green(d, 'up');
  const [old, before] = [secretOf(d), tree(d.deployRoot, { without: LIVE })];
  expectRefusal(await d.plumb('secrets', 'rotate', 'grafana/nothing'), {
    exit: 2,
    code: 'E_CONFIG_INVALID_VALUE',
    says: /there is grafana\/admin_password/,
  });
  await changePassword(d, old, 'set-by-hand-by-somebody');
  expect((await d.plumb('secrets', 'rotate')).stdout).toContain('E_RUNTIME_PASSWORD_REFUSED');
  await changePassword(d, 'set-by-hand-by-somebody', old);
  await d.engine.stop('grafana');
  const gone = await d.plumb('secrets', 'rotate');
  expect(gone.code).toBe(2);
  expect(gone.stdout).toMatch(/E_RUNTIME_SERVICE_UNHEALTHY.*it does not run/);
  expect(tree(d.deployRoot, { without: LIVE })).toEqual(before);
  await green(d, 'up');
  expect(await logsIn(d, old)).toBe(true);
}, 180_000);

it('must finish a rotation that was killed before or after the service took the new password', async () => {
  const d = await project();
  await green(d, 'up');
  for (const changed of [false, true]) {
    const [old, fresh] = [secretOf(d), changed ? 'b2' : 'a1'];
    // As a rotation leaves it that is killed: the new version is written and wanted, and not taken.
    mkdirSync(join(folder(d), fresh), { mode: 0o700 });
    const value = `${fresh}-of-the-test-0123456789abcdefgh`;
    writeFileSync(join(folder(d), fresh, 'admin_password'), `${value}\n`, { mode: 0o400 });
    rmSync(join(folder(d), 'wanted'));
    symlinkSync(fresh, join(folder(d), 'wanted'));
    if (changed) await changePassword(d, old, value);
    const before = await instances(d);
    // Either verb finishes it, and begins no other.
    await green(d, ...(changed ? ['secrets', 'rotate'] : ['up']));
    expect(operations(d)).toEqual(
      ['write_versions', 'replace grafana', 'hand_over grafana', 'take_secrets grafana'].map((op) =>
        op === 'write_versions' ? expect.stringMatching(/^write_versions /) : op,
      ),
    );
    expect(await replacedSince(before, d)).toEqual(['grafana']);
    expect([version(d), secretOf(d)]).toEqual([fresh, value]);
    expect([await logsIn(d, value), await logsIn(d, old)]).toEqual([true, false]);
  }
}, 180_000);

it('must go on with what a Plumbline without versions deployed, and keep its password', async () => {
  const d = await project();
  const template = `${stack}/templates/compose.yml.j2`;
  const now = readFileSync(join(d.root, template), 'utf8');
  d.edit(template, (text) =>
    text
      .replace('{{ services.grafana.secrets.source | yaml }}', './secrets/grafana/1')
      .replace(/\n +io\.plumbline\.secrets: .*/, ''),
  );
  mkdirSync(join(folder(d), '1'), { recursive: true, mode: 0o700 });
  const value = 'made-by-an-older-one-0123456789abcdef';
  writeFileSync(join(folder(d), '1/admin_password'), `${value}\n`, { mode: 0o400 });
  await green(d, 'up');
  for (const link of ['wanted', 'current']) rmSync(join(folder(d), link));
  expect((await d.plumb('verify')).code).toBe(0);
  const before = await instances(d);
  d.edit(template, () => now);
  await green(d, 'up');
  expect(await replacedSince(before, d)).toEqual(['grafana']);
  expect([version(d), version(d, 'wanted'), await logsIn(d, value)]).toEqual(['1', '1', true]);
  await green(d, 'secrets', 'rotate');
  expect([version(d) === '1', await logsIn(d, value), await logsIn(d, secretOf(d))]).toEqual([false, false, true]);
}, 180_000);

it('must give a service a secret that the policy is new to ask for, or that is gone, in a version of its own', async () => {
  const d = await project();
  await green(d, 'up');
  const [first, password] = [version(d), secretOf(d)];
  d.edit(`${stack}/secrets_policy.json`, (text) => {
    const policy = JSON.parse(text);
    policy.secrets.push({ service: 'grafana', name: 'token', bytes: 32 });
    return JSON.stringify(policy);
  });
  let before = await instances(d);
  await green(d, 'up');
  expect(await replacedSince(before, d)).toEqual(['grafana']);
  const [second, token] = [version(d), secretOf(d, 'token')];
  expect([second === first, secretOf(d), await logsIn(d, password)]).toEqual([false, password, true]);
  before = await instances(d);
  renameSync(join(folder(d), second, 'token'), join(d.root, 'gone'));
  await green(d, 'up');
  expect(await replacedSince(before, d)).toEqual(['grafana']);
  expect([version(d) === second, secretOf(d), secretOf(d, 'token') === token]).toEqual([false, password, false]);
  await green(d, 'secrets', 'rotate', 'grafana/token');
  expect([secretOf(d), await logsIn(d, password)]).toEqual([password, true]);
}, 180_000);
