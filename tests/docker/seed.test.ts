import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ended, makeDeployment } from '../support/deployment.ts';
import { describeDocker } from '../support/docker.ts';

const root = join(import.meta.dirname, '../..');
const seed = readFileSync(join(root, 'runner/src/migrations/fixtures/seed-002.v1.json'), 'utf8');
const program = join(root, 'runner/dist/plumb.js');

await describeDocker('the configuration of seed 002', (docker) => {
  it('must deploy on containers, migrated and with an overlay for engine, pins, ports and paths, and the second time change none', async () => {
    await using d = await makeDeployment(docker);
    // What is of this host and of the images that it has; all else is the seed's.
    const { compose_project_name, ports, image_pins, limits } = JSON.parse(readFileSync(d.configFile, 'utf8'));
    const migrated = join(d.root, 'config/bootstrap.seed.json');
    writeFileSync(migrated, seed);
    await ended(spawn(process.execPath, [program, 'config', 'migrate', migrated], { cwd: d.root }));
    const { path_map, sources } = JSON.parse(readFileSync(migrated, 'utf8'));
    for (const source of sources) {
      source.root = join(d.logs, source.name);
      mkdirSync(source.root);
      writeFileSync(join(source.root, 'app.log'), 'a line\n');
    }
    const overlay = {
      extends: 'bootstrap.seed.json',
      ...{ compose_project_name, engine: 'docker', ports, image_pins, sources, limits },
      path_map: { ...path_map, repo_root: '..', output_dir: 'out', deploy_root: 'out/deploy/test' },
    };
    writeFileSync(d.configFile, JSON.stringify(overlay, null, 2));
    const containers = () =>
      docker.docker(
        ...['ps', '--no-trunc', '--format', '{{.ID}}', '--filter', `label=com.docker.compose.project=${d.project}`],
      );
    const first = await d.plumb('up');
    const eight = Array.from({ length: 8 }, (_, n) => `L${n + 1} pass`);
    const levels = () => d.summary().levels.map(({ id, verdict }) => `${id} ${verdict}`);
    expect(levels(), first.stdout).toEqual(eight);
    const stood = await containers();
    expect(stood.split('\n')).toHaveLength(6);
    const second = await d.plumb('up');
    expect(second.stdout, second.stderr).toContain('nothing changed: all 6 services run as the artifact describes');
    expect(levels(), second.stdout).toEqual(eight);
    expect(await containers()).toBe(stood);
  });
});
