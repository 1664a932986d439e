import { lstatSync, mkdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { expectRefusal, instances, LIVE, replacedSince, steps, tree } from './support/deploy-root.ts';
import { type Deployment, makeDeployment } from './support/deployment.ts';

let d: Deployment;
let good: string;
let generated: string;

beforeAll(async () => {
  d = await makeDeployment();
  expect((await d.plumb('up')).code).toBe(0);
  good = readlinkSync(join(d.deployRoot, 'current'));
  expect((await d.plumb('step', 'generate')).code).toBe(0);
  generated = d.summary().run_id;
});

afterAll(async () => {
  await d[Symbol.asyncDispose]();
});

beforeEach(() => {
  for (const name of ['current', 'verified']) put(name, (path) => symlinkSync(good, path));
});

/** Puts something in the place of a pointer. */
function put(name: string, make: (path: string) => void): void {
  const path = join(d.deployRoot, name);
  rmSync(path, { recursive: true, force: true });
  make(path);
}

const gone = `generations/${'a'.repeat(64)}`;
/** Which links are followed is shown in contracts; here, that what is found there reaches the user. */
const foreign: readonly (readonly [string, (path: string) => void])[] = [
  ['leads out of the root', (path) => symlinkSync('/etc', path)],
  ['is a regular file', (path) => writeFileSync(path, good)],
  ['is a directory', (path) => mkdirSync(path)],
];

describe('current', () => {
  it.each(foreign)('that %s must be told by every verb, changed by none, and followed by none', async (_, make) => {
    put('current', make);
    const before = [await instances(d), tree(d.deployRoot, { without: LIVE })];
    const refusal = { exit: 2, code: 'E_ENV_ROOT_UNSAFE', at: join(d.deployRoot, 'current') };
    expectRefusal(await d.plumb('verify'), refusal);
    expectRefusal(await d.plumb('rollback'), refusal);
    expectRefusal(await d.plumb('step', 'apply', '--from-run', generated), refusal);
    for (const verb of ['up', 'diagnose', 'apply']) expectRefusal(await d.plumb(verb), refusal);
    expect([await instances(d), tree(d.deployRoot, { without: LIVE })]).toEqual(before);
  });

  it('that leads to a generation that is gone must be told by who reads it, and put right by apply', async () => {
    put('current', (path) => symlinkSync(gone, path));
    const at = join(d.deployRoot, 'current');
    const before = await instances(d);
    expectRefusal(await d.plumb('verify'), { exit: 2, code: 'E_ENV_ROOT_UNSAFE', at, says: /which is gone/ });
    // A rollback needs what was proved, and nothing of what is deployed.
    expect((await d.plumb('rollback')).code).toBe(3);
    expect(readlinkSync(at)).toBe(good);
    rmSync(at);
    put('current', (path) => symlinkSync(gone, path));
    const up = await d.plumb('up');
    expect(up.stdout).toMatch(/^warned: [\s\S]*E_PROOF_DRIFT_RENDERED \(proof\): .*artifact\.json\n/);
    expect(readlinkSync(at)).toBe(good);
    expect((await d.plumb('up')).code).toBe(0);
    put('current', (path) => symlinkSync(gone, path));
    expect((await d.plumb('step', 'apply', '--from-run', generated)).code).toBe(0);
    expect(readlinkSync(at)).toBe(good);
    expect(await replacedSince(before, d)).toEqual([]);
    expect((await d.plumb('verify')).code).toBe(0);
  });

  it('that names a generation whose folder was emptied must be told by who reads it, and put right by apply', async () => {
    const before = await instances(d);
    rmSync(join(d.deployRoot, good), { recursive: true });
    mkdirSync(join(d.deployRoot, good));
    const refusal = { exit: 2, code: 'E_CONFIG_NOT_FOUND', at: good, says: /hint: .*plumb up/ };
    expectRefusal(await d.plumb('verify'), refusal);
    expect((await d.plumb('step', 'apply', '--from-run', generated)).code).toBe(0);
    expect(await replacedSince(before, d)).toEqual([]);
    expect((await d.plumb('verify')).code).toBe(0);
  });
});

describe('verified', () => {
  it.each(foreign.slice(0, 2))('that %s must be told, and keep everything as it is', async (_, make) => {
    put('verified', make);
    const before = [await instances(d), tree(d.deployRoot, { without: LIVE })];
    const refusal = { exit: 2, code: 'E_ENV_ROOT_UNSAFE', at: join(d.deployRoot, 'verified') };
    expectRefusal(await d.plumb('up'), refusal);
    expect(steps(d.summary())).toMatchObject({ preflight: 'pass', generate: 'pass', apply: 'fail' });
    expectRefusal(await d.plumb('rollback'), refusal);
    // What proves only reads what is deployed.
    expect((await d.plumb('verify')).code).toBe(0);
    expect([await instances(d), tree(d.deployRoot, { without: LIVE })]).toEqual(before);
  });

  it('that leads to a generation that is gone must be told by a rollback, and be set anew by the next proof', async () => {
    put('verified', (path) => symlinkSync(gone, path));
    const at = join(d.deployRoot, 'verified');
    expectRefusal(await d.plumb('rollback'), { exit: 2, code: 'E_ENV_ROOT_UNSAFE', at, says: /which is gone/ });
    expect((await d.plumb('up')).code).toBe(0);
    expect(readlinkSync(at)).toBe(good);
  });
});

describe('down', () => {
  it('must stop everything, leave what stands in the place of current, and say so until it is moved away', async () => {
    put('current', (path) => writeFileSync(path, 'mine'));
    const at = join(d.deployRoot, 'current');
    expectRefusal(await d.plumb('down'), {
      exit: 2,
      code: 'E_ENV_ROOT_UNSAFE',
      at,
      says: /cleanup +fail +stopped loki/,
    });
    expect(await instances(d)).toEqual({});
    expect(lstatSync(at).isFile()).toBe(true);
    rmSync(at);
    expect((await d.plumb('up')).code).toBe(0);
    put('current', (path) => symlinkSync(gone, path));
    expect((await d.plumb('down')).code).toBe(0);
    expect(lstatSync(at, { throwIfNoEntry: false })).toBeUndefined();
    expect((await d.plumb('up')).code).toBe(0);
  });
});
