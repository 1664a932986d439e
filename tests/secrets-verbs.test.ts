import {
  chmodSync,
  existsSync,
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
import type { Report } from '@plumbline/contracts';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { tree } from './support/deploy-root.ts';
import { type Deployment, makeDeployment } from './support/deployment.ts';

// What `secrets generate` and `secrets verify` do before anything is deployed: nothing runs.
let d: Deployment;
let folder: string;

beforeEach(async () => {
  d = await makeDeployment();
  onTestFinished(() => d[Symbol.asyncDispose]());
  folder = join(d.deployRoot, 'secrets/grafana');
});

const file = () => join(folder, 'wanted/admin_password');
const found = (report: Report) => report.checks.map(({ verdict, error }) => `${verdict} ${error?.code ?? ''}`.trim());

async function generated(): Promise<string> {
  const { code, stdout, stderr } = await d.plumb('secrets', 'generate');
  expect(code, stdout + stderr).toBe(0);
  const value = readFileSync(file(), 'utf8').trim();
  expect(stdout + stderr).not.toContain(value);
  return value;
}

/** Puts another file in the place of the secret, read-only for its owner. */
function write(text: string, mode = 0o400): void {
  rmSync(file());
  writeFileSync(file(), text, { mode });
  chmodSync(file(), mode);
}

describe('secrets generate', () => {
  it('must make what the policy asks for, once, for its owner alone, and say what it made', async () => {
    const before = await d.plumb('secrets', 'verify');
    expect(before.code).toBe(2);
    expect(before.stdout).toContain('E_CONFIG_NOT_FOUND');
    expect(existsSync(folder)).toBe(false);
    const value = await generated();
    expect(value.length).toBeGreaterThanOrEqual(32);
    expect(d.report('secrets').summary).toBe('grafana/admin_password made');
    expect(readlinkSync(join(folder, 'wanted'))).toMatch(/^[0-9a-f]{32}$/);
    const version = readlinkSync(join(folder, 'wanted'));
    expect(tree(folder)).toMatchObject({
      [version]: 'directory 700',
      [`${version}/admin_password`]: expect.stringMatching(/^file 400 /),
    });
    expect(await generated()).toBe(value);
    expect(d.report('secrets').summary).toBe('nothing is missing: 1 secrets are there');
    expect((await d.plumb('secrets', 'verify')).code).toBe(0);
  });

  it('must write nothing where it is only asked what it would do', async () => {
    const { code, stdout } = await d.plumb('secrets', 'generate', '--dry-run');
    expect(code, stdout).toBe(0);
    expect(stdout).toContain('grafana/admin_password would be made');
    expect(existsSync(folder)).toBe(false);
  });

  it('must not make again what the data of the service holds', async () => {
    mkdirSync(join(d.deployRoot, 'volumes/grafana-data'), { recursive: true });
    for (const verb of ['generate', 'verify']) {
      const { code, stdout } = await d.plumb('secrets', verb);
      expect(code, stdout).toBe(2);
      expect(stdout).toContain('E_ENV_SECRET_LOST');
    }
    expect(existsSync(folder)).toBe(false);
  });
});

describe('secrets verify', () => {
  it('must refuse each secret that is not as it must be, change nothing, and never show one', async () => {
    const value = await generated();
    const version = join(folder, readlinkSync(join(folder, 'wanted')));
    const breaks: readonly (readonly [string, string, () => void])[] = [
      ['readable by others', 'E_ENV_SECRETS_EXPOSED', () => chmodSync(file(), 0o644)],
      ['in a directory that others may enter', 'E_ENV_SECRETS_EXPOSED', () => chmodSync(version, 0o755)],
      ['below a directory that others may write', 'E_ENV_SECRETS_EXPOSED', () => chmodSync(folder, 0o777)],
      ['a placeholder', 'E_CONFIG_SECRET_PLACEHOLDER', () => write('CHANGE_ME\n')],
      ['empty', 'E_CONFIG_SECRET_PLACEHOLDER', () => write('')],
      ['too short', 'E_CONFIG_SECRET_SHORT', () => write('only-eighteen-long\n')],
      [
        'a link to where it is kept',
        'E_ENV_SECRETS_EXPOSED',
        () => {
          renameSync(join(version, 'admin_password'), join(d.root, 'kept'));
          symlinkSync(join(d.root, 'kept'), join(version, 'admin_password'));
        },
      ],
    ];
    for (const [what, code, spoil] of breaks) {
      spoil();
      const before = tree(folder);
      const run = await d.plumb('secrets', 'verify');
      expect(run.code, what).toBe(2);
      expect(found(d.report('secrets')), what).toContain(`fail ${code}`);
      expect(run.stdout, what).toMatch(/hint/);
      expect(run.stdout + run.stderr).not.toContain(value);
      expect(run.stdout + run.stderr).not.toContain('only-eighteen-long');
      expect(tree(folder), what).toEqual(before);
      rmSync(join(d.root, 'kept'), { force: true });
      chmodSync(folder, 0o700);
      chmodSync(version, 0o700);
      rmSync(join(version, 'admin_password'), { force: true });
      writeFileSync(join(version, 'admin_password'), `${value}\n`, { mode: 0o400 });
    }
    const good = await d.plumb('secrets', 'verify', '--json');
    expect(good.code, good.stdout).toBe(0);
    expect(JSON.parse(good.stdout)).toMatchObject({ status: 'green' });
    expect(readdirSync(d.deployRoot).sort()).toEqual(['.lock', 'secrets']);
  });

  it('must run in no other mode than diagnose, and rotate nothing that the policy does not have', async () => {
    expect((await d.plumb('secrets', 'verify', '--mode', 'apply')).code).toBe(64);
    const none = await d.plumb('secrets', 'rotate');
    expect(none.code).toBe(2);
    expect(none.stdout + none.stderr).toContain('E_RUNTIME_NOT_DEPLOYED');
  });
});
