import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Report } from '@plumbline/contracts';
import { expect, it } from 'vitest';
import { makeDeployment } from '../support/deployment.ts';
import { describeDocker } from '../support/docker.ts';
import { statuses } from '../support/pipelines.ts';

const SERVICES = ['alloy', 'docker-metrics', 'grafana', 'host-monitor', 'loki', 'prometheus'];

await describeDocker('a stack of containers', (docker) => {
  it('must come up with all eight levels green, twice, and the second time change no container', async () => {
    await using d = await makeDeployment(docker);
    writeFileSync(join(d.logs, 'app.log'), 'a line\n');
    const containers = () =>
      docker.docker(
        ...['ps', '--all', '--no-trunc', '--format', '{{.Label "com.docker.compose.service"}} {{.ID}} {{.State}}'],
        ...['--filter', `label=com.docker.compose.project=${d.project}`],
      );
    const first = await d.plumb('up');
    expect(first.stdout, first.stderr).toMatch(/^green/);
    expect(d.summary().levels.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual(
      Array.from({ length: 8 }, (_, n) => `L${n + 1} pass`),
    );
    const stood = (await containers()).split('\n').sort();
    expect(stood.map((line) => line.split(' ')[0])).toEqual(SERVICES);
    expect(stood.map((line) => line.split(' ')[2])).toEqual(SERVICES.map(() => 'running'));
    // Of each container: what was rendered is what it sees.
    const { checks } = d.report('verify-L8') as Report;
    const mounted = checks.filter(({ id }) => id.endsWith('.mounted')).map(({ id, verdict }) => `${id} ${verdict}`);
    expect(mounted.sort()).toEqual([
      'L8.alloy.mounted pass',
      'L8.docker-metrics.mounted skipped',
      'L8.grafana.mounted pass',
      'L8.host-monitor.mounted skipped',
      'L8.loki.mounted pass',
      'L8.prometheus.mounted pass',
    ]);
    // The stand-ins are called that, and the real ones are not.
    expect(d.summary().stand_ins).toEqual(['alloy', 'docker-metrics', 'grafana', 'loki']);
    expect(first.stdout).not.toContain('supervisor');

    const second = await d.plumb('up');
    expect(second.stdout, second.stderr).toContain('nothing changed: all 6 services run as the artifact describes');
    expect(second.stdout).toMatch(/^green/);
    expect(new Set(d.summary().levels.map(({ verdict }) => verdict))).toEqual(new Set(['pass']));
    expect((await containers()).split('\n').sort()).toEqual(stood);

    const down = await d.plumb('down');
    expect(down.stdout, down.stderr).toMatch(/^green/);
    expect(await containers()).toBe('');
    const volumes = () => d.engine.volumes();
    expect(await volumes()).toEqual({
      ok: true,
      value: ['alloy-data', 'grafana-data', 'loki-data', 'prometheus-data'],
    });
    expect((await d.plumb('down', '--volumes')).stdout).toMatch(/^green/);
    expect(await volumes()).toEqual({ ok: true, value: [] });
    expect(statuses(d.summary())).toEqual({ cleanup: 'pass' });
    expect(readFileSync(join(d.root, 'out/runs.jsonl'), 'utf8').trimEnd().split('\n')).toHaveLength(4);
  });
});
