import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { contractPath } from '@plumbline/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEmbeddedEngine } from '../runner/src/adapters/embedded/engine.ts';
import { expectRefusal, instances, LIVE, records, replacedSince, tree } from './support/deploy-root.ts';
import { type Deployment, makeDeployment, processesNaming } from './support/deployment.ts';
import { mountNamespace } from './support/mount-namespace.ts';

let d: Deployment;

beforeAll(async () => {
  d = await makeDeployment();
});

afterAll(async () => {
  await d[Symbol.asyncDispose]();
});

/** A folder of the deployment whose path has exactly so many bytes. */
function ofLength(bytes: number): string {
  const folder = join(d.root, 'long');
  return join(folder, 'x'.repeat(bytes - Buffer.byteLength(folder) - 1));
}

const roots: readonly (readonly [string, () => string])[] = [
  [
    'has spaces, quotes and what a shell would expand',
    () => join(d.root, ` it's "a" root \`id\` $HOME \\n %41 *?[a] #&;{x} `),
  ],
  ['is not ASCII', () => join(d.root, 'Größe e\u0301 корень 根 🪵')],
  ['has 200 bytes', () => ofLength(200)],
];

describe('a deploy root whose path', () => {
  it.each(roots)('%s must be deployed to, found unchanged, and cleaned up', async (what, path) => {
    const root = path();
    if (what === 'has 200 bytes') expect(Buffer.byteLength(root)).toBe(200);
    d.configure((config) => {
      config.path_map.deploy_root = root;
    });
    const engine = createEmbeddedEngine(root);
    try {
      const up = await d.plumb('up');
      expect(up.code, up.stdout + up.stderr).toBe(0);
      const before = await instances({ engine });
      expect(Object.keys(before)).toHaveLength(6);
      const again = await d.plumb('up');
      expect(again.stdout).toMatch(/nothing changed: all 6 services run/);
      expect(again.code).toBe(0);
      expect(await instances({ engine })).toEqual(before);
      expect((await d.plumb('down', '--volumes')).code).toBe(0);
      expect(processesNaming(root)).toEqual([]);
    } finally {
      await engine.down({ volumes: true });
    }
  });
});

describe('a deploy root that is read-only', () => {
  it('must be refused, each run recorded, and everything run as before until it can be written again', async () => {
    d.configure((config) => {
      config.path_map.deploy_root = 'out/deploy/test';
    });
    await using here = await mountNamespace(d);
    const at = contractPath('deploy', 'lock', d.deployRoot);
    const refusal = { exit: 2, code: 'E_ENV_UNWRITABLE', at };
    mkdirSync(d.deployRoot, { recursive: true });
    await here.sh('mount --bind "$1" "$1" && mount -o remount,bind,ro "$1"', d.deployRoot);
    expectRefusal(await here.plumb('up'), refusal);
    expect(tree(d.deployRoot)).toEqual({});
    expect((await d.plumb('up')).code).toBe(0);
    const before = [await instances(d), tree(d.deployRoot, { without: LIVE })] as const;
    for (const verb of ['up', 'apply', 'rollback', 'down']) expectRefusal(await here.plumb(verb), refusal);
    expect([await instances(d), tree(d.deployRoot, { without: LIVE })]).toEqual(before);
    expect(
      records(d.root)
        .slice(-5)
        .map(({ status }) => status),
    ).toEqual(['green', 'refused', 'refused', 'refused', 'refused']);
    await here.sh('umount "$1"', d.deployRoot);
    expect((await d.plumb('up')).code).toBe(0);
    expect(await replacedSince(before[0], d)).toEqual([]);
  });
});
