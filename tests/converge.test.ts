import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Deployment, ended, makeDeployment } from './support/deployment.ts';
import { statuses } from './support/pipelines.ts';

let d: Deployment;

beforeAll(async () => {
  d = await makeDeployment();
  writeFileSync(join(d.logs, 'app.log'), 'a line\n');
});

beforeEach(async () => {
  const run = await d.plumb('up');
  expect(run.stdout, run.stderr).toMatch(/^green/);
});

afterAll(async () => {
  await d[Symbol.asyncDispose]();
});

const instances = async () => {
  const seen = await d.engine.observe();
  if (!seen.ok) throw new Error(seen.failure.message);
  return Object.fromEntries(seen.value.map((service) => [service.service, service.instance]));
};

/** Stops a service's process where it is: it runs, holds its port, and answers nobody. */
async function hang(service: string): Promise<void> {
  process.kill(Number((await instances())[service]?.split('@')[0]), 'SIGSTOP');
}

const replaced = async (before: Readonly<Record<string, string>>) =>
  Object.entries(await instances()).flatMap(([name, instance]) => (before[name] === instance ? [] : [name]));

describe('./plumb converge', () => {
  it('must show that a second apply changes nothing, and change nothing itself where all is well', async () => {
    const before = await instances();
    const { code, stdout } = await d.plumb('converge');
    expect(code, stdout).toBe(0);
    expect(statuses(d.summary())).toMatchObject({
      verify: 'pass',
      'heal-2': 'skipped',
      idempotency: 'pass',
      promote: 'pass',
    });
    expect(stdout).toContain('a second apply left all 6 services as they were');
    expect(await replaced(before)).toEqual([]);
  });

  it('must start a service anew that runs and does not answer, and end green', async () => {
    const before = await instances();
    await hang('alloy');
    const { code, stdout } = await d.plumb('converge');
    expect(code, stdout).toBe(0);
    expect(statuses(d.summary())).toMatchObject({
      apply: 'pass',
      verify: 'fail',
      'heal-2': 'pass',
      'verify-2': 'pass',
      'heal-3': 'skipped',
    });
    expect(d.summary().errors).toEqual([]);
    expect(stdout).toContain('(done again: verify-2)');
    expect(d.report('heal-2').services?.alloy).toMatchObject({
      change: 'replace',
      cause: expect.stringMatching(/^L1\.alloy/),
    });
    expect(await replaced(before)).toEqual(['alloy']);
  });

  it('must fail where a second apply is not without effect, and name the cause', async () => {
    // A step of the user between the two applies changes what was deployed.
    const path = join(d.root, 'config/pipelines/converge.json');
    const before = readFileSync(path, 'utf8');
    const pipeline = JSON.parse(before) as { steps: Record<string, unknown>[] };
    const store = readdirSync(join(d.deployRoot, 'store')).find((name) => name.startsWith('loki-'));
    const meddle = `echo '# edited' >>'${join(d.deployRoot, 'store', store as string, 'loki.yml')}'`;
    pipeline.steps.push({ id: 'meddle', run: ['bash', '-c', meddle], after: ['verify-3'] });
    const again = pipeline.steps.find((step) => step.id === 'apply-again') as Record<string, unknown>;
    again.after = ['meddle'];
    writeFileSync(path, JSON.stringify(pipeline));
    const { code, stdout } = await d.plumb('converge');
    writeFileSync(path, before);
    expect(code, stdout).toBe(2);
    expect(statuses(d.summary())).toMatchObject({ 'apply-again': 'pass', idempotency: 'fail', promote: 'skipped' });
    expect(d.summary().errors.map((error) => `${error.code} ${error.message}`)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^E_PROOF_NOT_IDEMPOTENT loki was replaced \(it may have loaded files that were changed/),
      ]),
    );
  });
});

describe('./plumb repair', () => {
  it('must only look where all is well', async () => {
    const before = await instances();
    expect((await d.plumb('repair')).code).toBe(0);
    expect(statuses(d.summary())).toMatchObject({ verify: 'pass', heal: 'skipped' });
    expect(await replaced(before)).toEqual([]);
  });

  it('must start anew what hangs and put back what was edited, by the deployed generation alone', async () => {
    const before = await instances();
    await hang('host-monitor');
    const current = readlinkSync(join(d.deployRoot, 'current'));
    const { services } = JSON.parse(readFileSync(join(d.deployRoot, current, 'artifact.json'), 'utf8')) as {
      services: Record<string, { store: string }>;
    };
    const edited = join(d.deployRoot, services.prometheus?.store as string, 'prometheus.yml');
    const text = readFileSync(edited, 'utf8');
    writeFileSync(edited, `${text}# edited\n`);
    // What the repository says now is not what was deployed, and is not deployed by a repair.
    d.edit('config/stacks/observability/templates/loki/loki.yml.j2', (t) => `${t}# not deployed\n`);
    const { code, stdout } = await d.plumb('repair');
    d.edit('config/stacks/observability/templates/loki/loki.yml.j2', (t) => t.replace('# not deployed\n', ''));
    expect(code, stdout).toBe(0);
    expect(d.summary()).toMatchObject({ mode: 'repair', status: 'green' });
    expect((await replaced(before)).sort()).toEqual(['host-monitor', 'prometheus']);
    expect(readFileSync(edited, 'utf8')).toBe(text);
    expect(readlinkSync(join(d.deployRoot, 'current'))).toBe(current);
  });
});

describe('./plumb artifact and apply', () => {
  it('must carry out the plan that was looked at, and refuse when it has become another', async () => {
    d.edit('config/stacks/observability/templates/loki/loki.yml.j2', (text) => `${text}# looked at\n`);
    const dry = await d.plumb('up', '--dry-run');
    const sha = /--plan ([0-9a-f]{64})/.exec(dry.stdout)?.[1] as string;
    d.edit('config/stacks/observability/templates/loki/loki.yml.j2', (text) => `${text}# and more\n`);
    const before = await instances();
    const other = await d.plumb('up', '--plan', sha);
    expect(other.code).toBe(2);
    expect(d.summary().errors[0]?.code).toBe('E_PROOF_PLAN_CHANGED');
    expect(await replaced(before)).toEqual([]);
    d.edit('config/stacks/observability/templates/loki/loki.yml.j2', (text) => text.replace('# and more\n', ''));
    const same = await d.plumb('up', '--plan', sha);
    expect(same.code, same.stdout).toBe(0);
    expect(await replaced(before)).toEqual(['loki']);
    expect((await d.plumb('up', '--plan', 'abc')).code).toBe(64);
  });

  it('must verify an artifact, refuse a changed one, and apply it without generating', async () => {
    const run = join(d.root, 'out/runs', readdirSync(join(d.root, 'out/runs')).sort().at(-1) as string);
    const verified = await verifyArtifact(run);
    expect(verified.code, verified.stderr).toBe(0);
    expect(verified.stdout).toContain(
      `is whole: ${readdirSync(join(run, 'artifact'), { recursive: true, withFileTypes: true }).filter((e) => e.isFile()).length} files`,
    );
    // Templates that nobody could render do not matter: nothing is generated.
    d.edit('config/stacks/observability/templates/loki/loki.yml.j2', (text) => `{{ nope }}${text}`);
    const applied = await d.plumb('apply', run);
    d.edit('config/stacks/observability/templates/loki/loki.yml.j2', (text) => text.replace('{{ nope }}', ''));
    expect(applied.code, applied.stdout).toBe(0);
    expect(applied.stdout).toContain('nothing changed: all 6 services run as the artifact describes');
    const file = join(run, 'artifact/loki/loki.yml');
    writeFileSync(file, `${readFileSync(file, 'utf8')} `, { mode: 0o644 });
    const refused = await verifyArtifact(run);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('E_PROOF_ARTIFACT_MISMATCH')]);
    expect(existsSync(join(run, 'artifact.json'))).toBe(true);
    expect((await d.plumb('apply', run)).code).toBe(2);
    expect(d.summary().errors[0]?.code).toBe('E_PROOF_ARTIFACT_MISMATCH');
  });
});

/** `artifact verify` takes no environment. */
function verifyArtifact(path: string) {
  const program = join(import.meta.dirname, '../runner/dist/plumb.js');
  return ended(spawn(process.execPath, [program, 'artifact', 'verify', path], { stdio: ['ignore', 'pipe', 'pipe'] }));
}
