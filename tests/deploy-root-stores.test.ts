import { appendFileSync, chmodSync, existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { deployedArtifact, instances, LIVE, replacedSince, tree } from './support/deploy-root.ts';
import { type Deployment, makeDeployment } from './support/deployment.ts';

let d: Deployment;
let before: Record<string, string>;
let whole: Record<string, string>;

/** What differs between two deployments of the same: the journal, and what was observed of the processes. */
const OF_THE_TIME = new RegExp(`${LIVE.source}|^journal\\.jsonl$|provenance\\.json$`);
const stand = () => tree(d.deployRoot, { without: OF_THE_TIME });

beforeAll(async () => {
  d = await makeDeployment();
  expect((await d.plumb('up')).code).toBe(0);
  whole = stand();
});

afterAll(async () => {
  await d[Symbol.asyncDispose]();
});

beforeEach(async () => {
  before = await instances(d);
});

const storeOf = (service: string) => join(d.deployRoot, deployedArtifact(d).services[service]?.store as string);

/** The first file of a service's store. */
function fileOf(service: string): string {
  const prefix = `${service}/`;
  const [first] = deployedArtifact(d).files.flatMap(({ path }) => (path.startsWith(prefix) ? [path] : []));
  return join(storeOf(service), (first as string).slice(prefix.length));
}

/** Deploys again: the host is as it was, and exactly these services have another process. */
async function mended(replaced: readonly string[], ops: readonly string[]): Promise<void> {
  const up = await d.plumb('up');
  expect(up.code, up.stdout).toBeLessThan(2);
  expect(await replacedSince(before, d)).toEqual(replaced);
  expect(stand()).toEqual(whole);
  const report = d.report('apply');
  for (const op of ops) expect(report.operations.map((one) => `${one.op} ${one.target}`)).toContain(op);
  const changes = Object.entries(report.services ?? {}).filter(([, { change }]) => change !== 'keep');
  expect(changes.map(([service, { change }]) => `${change} ${service}`)).toEqual(replaced.map((s) => `replace ${s}`));
  for (const service of replaced)
    expect(report.services?.[service]?.before?.instance).not.toBe(report.services?.[service]?.after?.instance);
  const again = await d.plumb('up');
  expect([again.code, d.report('apply').operations]).toEqual([0, []]);
}

describe('a store directory', () => {
  const cases: readonly (readonly [string, string, (service: string) => void])[] = [
    [
      'of which a byte was changed',
      'loki',
      (service) => {
        chmodSync(fileOf(service), 0o644);
        appendFileSync(fileOf(service), '#');
        chmodSync(fileOf(service), 0o444);
      },
    ],
    ['to which a file was added', 'alloy', (service) => writeFileSync(join(storeOf(service), 'extra'), 'x')],
    ['from which a file was removed', 'grafana', (service) => rmSync(fileOf(service))],
    ['that was removed', 'prometheus', (service) => rmSync(storeOf(service), { recursive: true })],
  ];

  it.each(cases)('%s must be written again, and its service alone be replaced', async (what, service, spoil) => {
    spoil(service);
    const op = what === 'that was removed' ? 'write_store' : 'rewrite_store';
    await mended([service], [`${op} ${service}`, `replace ${service}`]);
  });

  it('that was made writable must be sealed again, and no service be replaced', async () => {
    const file = fileOf('loki');
    chmodSync(file, 0o666);
    await mended([], ['seal_store loki']);
    expect(statSync(file).mode & 0o777).toBe(0o444);
  });

  it('that was changed must be told by diagnose and verify, which leave it as it is', async () => {
    const extra = join(storeOf('loki'), 'extra');
    writeFileSync(extra, 'x');
    for (const verb of ['diagnose', 'verify']) {
      const ended = await d.plumb(verb);
      expect(ended.code).toBe(2);
      expect(ended.stdout).toMatch(/E_PROOF_DRIFT_RENDERED \(proof\): .*extra/);
    }
    expect(existsSync(extra)).toBe(true);
    expect(await replacedSince(before, d)).toEqual([]);
    await mended(['loki'], ['rewrite_store loki']);
  });
});
