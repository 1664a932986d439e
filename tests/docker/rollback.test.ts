import { readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ended, eventually, makeDeployment } from '../support/deployment.ts';
import { describeDocker } from '../support/docker.ts';
import { statuses } from '../support/pipelines.ts';
import { instances, replacedSince, stored } from '../support/services.ts';

const lokiTemplate = 'config/stacks/observability/templates/loki/loki.yml.j2';

await describeDocker('a change of a stack of containers', (docker) => {
  it('must replace one container for one line, and be undone where that one refuses it: exit 3, and no line is lost', async () => {
    await using d = await makeDeployment(docker);
    const log = join(d.logs, 'app.log');
    writeFileSync(log, 'a line of before\n');
    const up = await d.plumb('up');
    expect(up.stdout, up.stderr).toMatch(/^green/);

    const first = await instances(d);
    d.edit(lokiTemplate, (text) => text.replace('max_label_names_per_series: 15', 'max_label_names_per_series: 14'));
    const changed = await d.plumb('up');
    expect(changed.stdout, changed.stderr).toMatch(/^green/);
    expect(await replacedSince(first, d)).toEqual(['loki']);

    const [before, verified] = [await instances(d), readlinkSync(join(d.deployRoot, 'verified'))];
    d.edit(lokiTemplate, (text) => text.replace('replication_factor: 1', 'replication_factor: 1\n  no_such_key: 1'));
    const run = d.start('up');
    const end = ended(run);
    // Written while the store is down, or refuses: the collector keeps it.
    await eventually(
      'the store to be replaced',
      async () => (await replacedSince(before, d)).includes('loki'),
      240_000,
    );
    writeFileSync(log, 'a line of meanwhile\n', { flag: 'a' });
    const { code, stdout, stderr } = await end;
    expect(code, `${stdout}${stderr}`).toBe(3);
    expect(stdout).toMatch(/^rolled_back: up test/);
    // Its own words, though its container is gone: taken before it was replaced.
    expect(stdout).toContain('E_RUNTIME_SERVICE_FAILED (runtime): loki ended');
    expect(stdout).toContain('no_such_key');
    expect(statuses(d.summary())).toMatchObject({
      apply: 'fail',
      verify: 'skipped',
      rollback: 'pass',
      reverify: 'pass',
    });
    expect(['current', 'verified'].map((name) => readlinkSync(join(d.deployRoot, name)))).toEqual([verified, verified]);
    expect(await replacedSince(before, d)).toEqual(['loki']);
    writeFileSync(log, 'a line of after\n', { flag: 'a' });
    await eventually('every line to be stored', async () => (await stored(d)).length === 3);
    expect(await stored(d)).toEqual(['a line of before', 'a line of meanwhile', 'a line of after']);
  });
});
