import { readdirSync, readFileSync, readlinkSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Report } from '@plumbline/contracts';
import { expect, it } from 'vitest';
import { applyAlone } from '../support/apply-alone.ts';
import { type Deployment, makeDeployment } from '../support/deployment.ts';
import { describeDocker, type Engine } from '../support/docker.ts';

const SCRIPT = 'echo these are my last words; cat /run/secrets/plumbline/admin_password; exit 3';

/** An image like that of Grafana, whose program says its last words and the password that it was given, and ends. */
async function makeCrashing(docker: Engine, tag: string): Promise<void> {
  const entry = JSON.stringify(['sh', '-c', SCRIPT]);
  const id = await docker.docker('create', docker.images.grafana);
  await docker.docker('commit', '--change', 'USER 0', '--change', `ENTRYPOINT ${entry}`, id, tag);
  await docker.docker('rm', id);
}

function evidence(d: Deployment, name: string): string {
  const newest = readdirSync(join(d.root, 'out/runs')).sort().at(-1) as string;
  return readFileSync(join(d.root, 'out/runs', newest, 'evidence', name), 'utf8');
}

const filesOf = ({ checks }: Report, id: string) => checks.find((check) => check.id === id)?.evidence.files;

await describeDocker('evidence', (docker) => {
  it('must hold the last words of a container that a rollback removed, and of those that down removed, without a secret', async () => {
    await using d = await makeDeployment(docker);
    const tag = `${d.project}/crashing:1`;
    d.edit('config/stacks/observability/templates/compose.yml.j2', (text) =>
      text.replace('      GF_PATHS_PROVISIONING:', '      A_TOKEN: of-nobody-knows-what\n      GF_PATHS_PROVISIONING:'),
    );
    expect((await applyAlone(d)).code).toBe(0);
    // As if it had been proved.
    symlinkSync(readlinkSync(join(d.deployRoot, 'current')), join(d.deployRoot, 'verified'));
    const password = readFileSync(join(d.deployRoot, 'secrets/grafana/current/admin_password'), 'utf8').trim();

    await makeCrashing(docker, tag);
    d.configure((config) => {
      config.image_pins.grafana = tag;
    });
    const files = ['evidence/grafana.log', 'evidence/grafana.state.json'];
    const said = /^these are my last words\n\*\*\*REDACTED\*\*\*\n/;
    const crashed = await applyAlone(d);
    expect(crashed.code, crashed.stderr).toBe(2);
    expect(filesOf(d.report('apply'), 'apply.evidence_of_failure')).toEqual(files);
    expect(evidence(d, 'grafana.log')).toMatch(said);

    const back = await d.plumb('step', 'apply', '--param', 'target=verified');
    expect(back.stdout, back.stderr).toContain('replaced grafana');
    // Its container is gone.
    expect(await docker.docker('ps', '--all', '--quiet', '--filter', `ancestor=${tag}`)).toBe('');
    expect(filesOf(d.report('apply'), 'apply.evidence')).toEqual(files);
    expect(evidence(d, 'grafana.log')).toMatch(said);
    const state = JSON.parse(evidence(d, 'grafana.state.json'));
    // While it is started again, the engine calls it 0.
    expect([0, 3]).toContain(state.State.ExitCode);
    expect(state.Config.Image).toBe(tag);
    expect(state.Config.Env).toContain('A_TOKEN=***REDACTED***');
    for (const name of ['grafana.log', 'grafana.state.json']) {
      expect(evidence(d, name)).not.toContain(password);
      expect(evidence(d, name)).not.toContain('of-nobody-knows-what');
    }

    const down = await d.plumb('down');
    expect(down.stdout, down.stderr).toMatch(/^green/);
    expect(filesOf(d.report('cleanup'), 'cleanup.evidence')).toHaveLength(12);
    expect(evidence(d, 'prometheus.log')).toContain('Server is ready to receive web requests');
    await docker.docker('rmi', tag);
  }, 180_000);
});
