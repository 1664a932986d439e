import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { createScrubber, type Summary } from '@plumbline/contracts';
import { expect, it, onTestFinished } from 'vitest';
import { instances, replacedSince } from './support/deploy-root.ts';
import { type Deployment, makeDeployment } from './support/deployment.ts';

const folder = (d: Deployment) => join(d.deployRoot, 'secrets/grafana');
const version = (d: Deployment, link: 'wanted' | 'current' = 'current') => readlinkSync(join(folder(d), link));
const passwordOf = (d: Deployment, of = version(d)) =>
  readFileSync(join(folder(d), of, 'admin_password'), 'utf8').trim();

async function logsIn(d: Deployment, password: string): Promise<boolean> {
  const authorization = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
  const answer = await fetch(`http://127.0.0.1:${d.ports.grafana}/api/user`, { headers: { authorization } });
  await answer.text();
  return answer.status === 200;
}

async function deployed(): Promise<Deployment> {
  const d = await makeDeployment();
  onTestFinished(() => d[Symbol.asyncDispose]());
  const up = await d.plumb('up');
  expect(up.stdout, up.stderr).toMatch(/^green/);
  return d;
}

it('must rotate a password: Grafana alone is replaced, takes the new one, refuses the old one, and all is proved', async () => {
  const d = await deployed();
  const before = await instances(d);
  const [old, first] = [passwordOf(d), version(d)];
  expect(first).toMatch(/^[0-9a-f]{32}$/);
  expect(await logsIn(d, old)).toBe(true);
  const run = await d.plumb('secrets', 'rotate', '--json');
  const summary = JSON.parse(run.stdout) as Summary;
  expect(summary.status, run.stdout + run.stderr).toBe('green');
  expect(run.code).toBe(0);
  expect(await replacedSince(before, d)).toEqual(['grafana']);
  expect(version(d)).not.toBe(first);
  expect(version(d, 'wanted')).toBe(version(d));
  expect(await logsIn(d, passwordOf(d))).toBe(true);
  expect(await logsIn(d, old)).toBe(false);
  const scrubber = createScrubber([old, passwordOf(d)]);
  for (const said of [run.stdout, run.stderr]) expect(scrubber.text(said)).toBe(said);
  const again = await d.plumb('up');
  expect(again.stdout).toContain('nothing changed: all 6 services run as the artifact describes');
  const up = await d.plumb('rollback');
  expect(up.code, up.stdout).toBe(3);
  expect(readdirSync(folder(d)).sort()).toEqual([first, version(d), 'current', 'wanted'].sort());
});
