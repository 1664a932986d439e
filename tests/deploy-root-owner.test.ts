import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deployedArtifact, expectRefusal, instances, LIVE, replacedSince, tree } from './support/deploy-root.ts';
import { type Deployment, makeDeployment } from './support/deployment.ts';

let d: Deployment;
let before: readonly unknown[];

const stand = async () => [await instances(d), tree(d.deployRoot, { without: LIVE })];
const project = () => deployedArtifact(d).project;

beforeAll(async () => {
  d = await makeDeployment();
  expect((await d.plumb('up')).code).toBe(0);
  before = await stand();
});

afterAll(async () => {
  await d[Symbol.asyncDispose]();
});

/** Changes a file of the root for the time of some checks, which must leave everything as it is. */
async function withChanged(file: string, change: (text: string) => string, check: () => Promise<void>): Promise<void> {
  const path = join(d.deployRoot, file);
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, change(text));
  try {
    const changed = await stand();
    await check();
    expect(await stand()).toEqual(changed);
  } finally {
    writeFileSync(path, text);
  }
}

describe('a deploy root of another project', () => {
  it('must be refused by every verb that would read or change it, and the first project be untouched', async () => {
    await using other = await makeDeployment();
    other.configure((config) => {
      config.path_map.deploy_root = d.deployRoot;
    });
    const at = join(d.deployRoot, 'owner.json');
    const refusal = {
      exit: 2,
      code: 'E_ENV_ROOT_FOREIGN',
      at,
      says: new RegExp(`belongs to the project ${project()}`),
    };
    expectRefusal(await other.plumb('up'), refusal);
    expect((await other.plumb('step', 'generate')).code).toBe(0);
    const run = other.summary().run_id;
    for (const args of [
      ['down'],
      ['down', '--volumes'],
      ['rollback'],
      ['verify'],
      ['step', 'apply', '--from-run', run],
      ['step', 'apply', '--from-run', run, '--param', 'target=verified'],
      [
        'step',
        'promote',
        '--from-run',
        run,
        '--input',
        `proof=${join(d.root, 'out/runs', d.summary().run_id, 'verify.report.json')}`,
      ],
    ])
      expectRefusal(await other.plumb(...args), refusal);
    expect((await other.plumb('diagnose')).code).toBe(2);
    expect(await stand()).toEqual(before);
    // Its disposal would end what runs on the root that it names, which is not its own.
    other.configure((config) => {
      config.path_map.deploy_root = 'out/deploy/test';
    });
    expect((await other.plumb('up')).code).toBe(0);
    expect((await d.plumb('up')).code).toBe(0);
    expect(await replacedSince(before[0] as Record<string, string>, d)).toEqual([]);
  });
});

describe('a project that runs from another deploy root', () => {
  it('must be refused with that root, and run there as before; under another name of that root it is the same', async () => {
    await using second = await makeDeployment();
    second.configure((config) => {
      config.compose_project_name = project();
    });
    const refusal = { exit: 2, code: 'E_ENV_PROJECT_ELSEWHERE', at: d.deployRoot, says: /not from / };
    expectRefusal(await second.plumb('up'), refusal);
    expect(existsSync(join(second.deployRoot, 'owner.json'))).toBe(false);
    expect(existsSync(join(second.deployRoot, 'store'))).toBe(false);
    expect(await stand()).toEqual(before);
    symlinkSync('out', join(d.root, 'alias'));
    d.configure((config) => {
      config.path_map.deploy_root = 'alias/deploy/test';
    });
    expect((await d.plumb('up')).code).toBe(0);
    expect(await replacedSince(before[0] as Record<string, string>, d)).toEqual([]);
    d.configure((config) => {
      config.path_map.deploy_root = 'out/deploy/test';
    });
    // Ended there, it may run here.
    expect((await d.plumb('down')).code).toBe(0);
    expect((await second.plumb('up')).code).toBe(0);
    expect((await second.plumb('down')).code).toBe(0);
    expect((await d.plumb('up')).code).toBe(0);
    before = await stand();
  });
});

describe('a deploy root of a newer version', () => {
  const newer = (text: string) => text.replace('"schema_version": "1"', '"schema_version": "2"');

  it('must be refused where its layout is newer, by down as well', async () => {
    const refusal = { exit: 2, code: 'E_CONFIG_SCHEMA_VERSION', at: 'owner.json', says: /newer Plumbline/ };
    await withChanged('owner.json', newer, async () => {
      for (const verb of ['up', 'rollback', 'verify', 'down']) expectRefusal(await d.plumb(verb), refusal);
    });
    expect((await d.plumb('up')).code).toBe(0);
    expect(await stand()).toEqual(before);
  });

  it('must be refused where what it deployed is newer', async () => {
    expect((await d.plumb('step', 'generate')).code).toBe(0);
    const run = d.summary().run_id;
    const refusal = { exit: 2, code: 'E_CONFIG_SCHEMA_VERSION', at: 'artifact.json', says: /newer Plumbline/ };
    await withChanged('current/artifact.json', newer, async () => {
      for (const args of [['verify'], ['rollback'], ['step', 'apply', '--from-run', run]])
        expectRefusal(await d.plumb(...args), refusal);
      for (const verb of ['up', 'diagnose']) expect((await d.plumb(verb)).code).toBe(2);
    });
    expect((await d.plumb('up')).code).toBe(0);
    expect(await stand()).toEqual(before);
  });
});
