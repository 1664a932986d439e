import { lstatSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Artifact } from '@plumbline/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectRefusal, instances, LIVE, replacedSince, tree } from './support/deploy-root.ts';
import { type Deployment, makeDeployment } from './support/deployment.ts';

// A directory of a deploy root that is a link to somewhere else: whatever is written there would be written elsewhere.
let d: Deployment;
let artifact: Artifact;
let outside: string;

beforeAll(async () => {
  d = await makeDeployment();
  expect((await d.plumb('step', 'generate')).code).toBe(0);
  const run = join(d.root, 'out/runs', d.summary().run_id);
  artifact = JSON.parse(readFileSync(join(run, 'artifact.json'), 'utf8'));
  outside = join(d.root, 'outside');
});

afterAll(async () => {
  await d[Symbol.asyncDispose]();
});

const storeOf = (service: string) => artifact.services[service]?.store as string;

/** Puts a link to a directory outside in the place of one of the root, and takes it away again. */
async function withLink(place: () => string, check: (path: string) => Promise<void>): Promise<void> {
  const path = join(d.deployRoot, place());
  mkdirSync(outside, { recursive: true });
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(outside, path);
  try {
    await check(path);
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
    expect(tree(outside)).toEqual({});
  } finally {
    rmSync(path);
  }
}

const places: readonly (readonly [string, () => string])[] = [
  ['store', () => 'store'],
  ['a store', () => storeOf('loki')],
  ['generations', () => 'generations'],
  ['the generation', () => `generations/${artifact.generation}`],
  ['secrets', () => 'secrets'],
  ['volumes', () => 'volumes'],
  ['a volume', () => 'volumes/loki-data'],
];

describe('a deploy root on which nothing runs', () => {
  it.each(places)(
    'must be refused with a link in the place of %s, and nothing be written behind it',
    async (_, place) => {
      await withLink(place, async (at) => {
        const before = tree(d.deployRoot, { without: LIVE });
        expectRefusal(await d.plumb('up'), { exit: 2, code: 'E_ENV_ROOT_UNSAFE', at });
        expect(tree(d.deployRoot, { without: LIVE })).toEqual(before);
        expect(await instances(d)).toEqual({});
      });
    },
  );

  it('must be deployed to when the links are gone, and keep data behind a link when it is told to remove it', async () => {
    expect((await d.plumb('up')).code).toBe(0);
    expect((await d.plumb('down', '--volumes')).code).toBe(0);
    await withLink(
      () => 'volumes',
      async (at) => expectRefusal(await d.plumb('down', '--volumes'), { exit: 2, code: 'E_ENV_ROOT_UNSAFE', at }),
    );
  });
});

describe('a deploy root on which services run', () => {
  it('must be refused where a store was moved out of it, though what it holds is right, and run as before', async () => {
    expect((await d.plumb('up')).code).toBe(0);
    const before = await instances(d);
    const at = join(d.deployRoot, storeOf('loki'));
    const moved = join(d.root, 'moved');
    renameSync(at, moved);
    symlinkSync(moved, at);
    const behind = tree(moved);
    for (const verb of ['up', 'rollback'])
      expectRefusal(await d.plumb(verb), { exit: 2, code: 'E_ENV_ROOT_UNSAFE', at });
    expect(tree(moved)).toEqual(behind);
    expect(await replacedSince(before, d)).toEqual([]);
    rmSync(at);
    renameSync(moved, at);
    expect((await d.plumb('up')).code).toBe(0);
    expect(d.report('apply').operations).toEqual([]);
    expect(await replacedSince(before, d)).toEqual([]);
  });
});
