import { existsSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Deployment, ended, eventually, makeDeployment } from '../support/deployment.ts';
import { describeDocker } from '../support/docker.ts';
import { statuses } from '../support/pipelines.ts';
import { instances, replacedSince } from '../support/services.ts';

const lokiTemplate = 'config/stacks/observability/templates/loki/loki.yml.j2';
const settings = 'config/stacks/observability/templates/grafana/grafana.ini.j2';
/** A hang, not a judgement of the machine. */
const LIMIT_MS = 240_000;
const HOLD = ': >"$0"; until [ -e "$1" ]; do sleep 0.05; done';

const answers = (url: string) =>
  fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );

await describeDocker('a container that ends after its first green', (docker) => {
  const grafana = async (d: Deployment) => {
    const seen = await d.engine.observe();
    return seen.ok ? seen.value.find(({ service }) => service === 'grafana') : undefined;
  };

  /** Ends its process, as a crash does: the engine starts the same container again. */
  async function crash(d: Deployment): Promise<void> {
    const before = await grafana(d);
    const pid = await docker.docker('inspect', '--format', '{{.State.Pid}}', before?.instance ?? '');
    process.kill(Number(pid), 'SIGKILL');
    await eventually('the engine to start it again', async () => {
      const now = await grafana(d);
      return now?.state === 'running' && now.restarts > (before?.restarts ?? 0);
    });
    expect((await grafana(d))?.instance).toBe(before?.instance);
    await eventually('it to answer again', () => answers(`http://127.0.0.1:${d.ports.grafana}/api/health`));
  }

  it('must not be called proved, be undone, and be deployed once it stays', async () => {
    await using d = await makeDeployment(docker);
    writeFileSync(join(d.logs, 'app.log'), 'a line\n');
    const first = await d.plumb('up');
    expect(first.stdout, first.stderr).toMatch(/^green/);
    const verified = readlinkSync(join(d.deployRoot, 'verified'));

    // The proof is good; what ends after it must not count as proved.
    const [proved, goOn] = [join(d.root, 'proved'), join(d.root, 'go on')];
    const hold = { id: 'hold', run: ['sh', '-c', HOLD, proved, goOn], after: ['verify'], timeout_s: 240 };
    d.edit('config/pipelines/up.json', (text) => {
      const pipeline = JSON.parse(text);
      pipeline.steps.push(hold);
      pipeline.steps.find(({ id }: { id: string }) => id === 'settle').after = ['hold'];
      return JSON.stringify(pipeline);
    });
    d.edit(settings, (text) => `${text}\n; changed\n`);
    const run = ended(d.start('up'));
    const early = await Promise.race([run, eventually('the proof to be made', () => existsSync(proved), LIMIT_MS)]);
    expect(early, 'it must not end before').toBeUndefined();
    await crash(d);
    writeFileSync(goOn, '');
    const { code, stdout, stderr } = await run;
    expect(code, `${stdout}${stderr}`).toBe(3);
    expect(stdout).toMatch(/^rolled_back: up test/);
    expect(d.summary().errors.map(({ code }) => code)).toEqual(['E_RUNTIME_SERVICE_RESTARTED']);
    const ran = {
      apply: 'pass',
      verify: 'pass',
      settle: 'fail',
      promote: 'skipped',
      rollback: 'pass',
      reverify: 'pass',
    };
    expect(statuses(d.summary())).toMatchObject(ran);
    expect(['current', 'verified'].map((name) => readlinkSync(join(d.deployRoot, name)))).toEqual([verified, verified]);

    const again = await d.plumb('up');
    expect(again.stdout, again.stderr).toMatch(/^green/);
    expect(readlinkSync(join(d.deployRoot, 'verified'))).not.toBe(verified);
  });

  it('must be told again by the next up while it ends over and over, for what it is, and be mended by one that is right', async () => {
    await using d = await makeDeployment(docker);
    writeFileSync(join(d.logs, 'app.log'), 'a line\n');
    const wrong = 'replication_factor: 1\n  no_such_key: 1';
    d.edit(lokiTemplate, (text) => text.replace('replication_factor: 1', wrong));
    for (const _ of ['the first', 'the next']) {
      const refused = await d.plumb('up');
      expect(refused.code, refused.stdout).toBe(2);
      expect(d.summary().errors[0]?.code).toBe('E_RUNTIME_SERVICE_FAILED');
      expect(refused.stdout).toContain('no_such_key');
    }
    d.edit(lokiTemplate, (text) => text.replace(wrong, 'replication_factor: 1'));
    expect((await d.plumb('up')).stdout).toMatch(/^green/);
  });

  it('must be warned of while it runs again, and be replaced by the next up and nothing else', async () => {
    await using d = await makeDeployment(docker);
    writeFileSync(join(d.logs, 'app.log'), 'a line\n');
    expect((await d.plumb('up')).stdout).toMatch(/^green/);
    expect((await d.plumb('verify')).code).toBe(0);
    const before = await instances(d);
    await crash(d);
    const looked = await d.plumb('verify');
    expect(looked.code, looked.stdout).toBe(1);
    const warned = d.report('verify').checks.filter(({ verdict }) => verdict === 'warn');
    expect(warned.map(({ id, error }) => `${id} ${error?.code}`)).toEqual(['L7.grafana E_RUNTIME_SERVICE_RESTARTED']);
    const mended = await d.plumb('up');
    expect(mended.stdout, mended.stderr).toMatch(/^green/);
    expect(d.report('apply').services?.grafana).toMatchObject({
      change: 'replace',
      cause: 'it was started again since it was deployed',
    });
    expect(await replacedSince(before, d)).toEqual(['grafana']);
    expect((await d.plumb('verify')).code).toBe(0);
  });
});
