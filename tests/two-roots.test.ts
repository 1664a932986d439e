import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEmbeddedEngine } from '../runner/src/adapters/embedded/engine.ts';
import { type Deployment, freePort, makeDeployment } from './support/deployment.ts';

let d: Deployment;
/** A second deployment of the same checkout: its project, its ports and its deploy root are its own. */
let other: { readonly flags: readonly string[]; readonly deployRoot: string };

beforeAll(async () => {
  d = await makeDeployment();
  writeFileSync(join(d.logs, 'app.log'), 'first line of the app\n');
  const own = ['compose_project_name=plumbline-test-two-roots', 'path_map.deploy_root=out/deploy/other'];
  for (const service of Object.keys(d.ports)) own.push(`ports.${service}=${await freePort()}`);
  other = { flags: own.flatMap((pair) => ['--set', pair]), deployRoot: join(d.root, 'out/deploy/other') };
});

afterAll(async () => {
  if (existsSync(other.deployRoot)) await createEmbeddedEngine(other.deployRoot).down({ volumes: true });
  await d[Symbol.asyncDispose]();
});

const plumbOther = (...args: string[]) => d.plumb(...args, ...other.flags);

describe('one checkout', () => {
  it('must show in a dry run where everything is, and would be', async () => {
    for (const [run, deployRoot] of [
      [d.plumb('up', '--dry-run'), d.deployRoot],
      [plumbOther('up', '--dry-run'), other.deployRoot],
    ] as const) {
      const { code, stdout, stderr } = await run;
      expect(code, stdout + stderr).toBe(0);
      const map = { repo_root: d.root, output_dir: join(d.root, 'out'), deploy_root: deployRoot, 'source app': d.logs };
      for (const [name, path] of Object.entries(map)) expect(stdout).toMatch(new RegExp(`^ +${name} +${path}$`, 'm'));
    }
    expect((await d.plumb('runs', 'latest')).stdout).not.toContain('repo_root');
  });

  it('must deploy to two roots at once, and neither must know of the other', async () => {
    const both = await Promise.all([d.plumb('up'), plumbOther('up')]);
    for (const { code, stdout, stderr } of both) expect(code, stdout + stderr).toBe(0);
    for (const root of [d.deployRoot, other.deployRoot]) {
      const running = await createEmbeddedEngine(root).observe();
      expect(running.ok && running.value.length).toBe(6);
    }
    expect((await d.plumb('down')).code).toBe(0);
    expect(await createEmbeddedEngine(d.deployRoot).observe()).toMatchObject({ value: [] });
    const { code, stdout, stderr } = await plumbOther('verify');
    expect(code, stdout + stderr).toBe(0);
  });
});
