import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createScrubber, type RunRecord, type Summary } from '@plumbline/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Deployment, type Ended, makeDeployment, processesNaming } from './support/deployment.ts';

let d: Deployment;
let up: Ended;

beforeAll(async () => {
  d = await makeDeployment();
  writeFileSync(join(d.logs, 'app.log'), 'first line of the app\nlogin password=hunter2hunter2\n');
  up = await d.plumb('up');
});

afterAll(async () => {
  await d[Symbol.asyncDispose]();
});

describe('up', () => {
  it('must end green and say what it proved, what is a stand-in, and what to do next', () => {
    expect(up.stderr).not.toContain('error');
    expect(up.stdout).toMatch(/^green: up test, /);
    expect(up.code).toBe(0);
    expect(up.stdout).toContain('first line of the app');
    expect(up.stdout).toMatch(/only a stand-in:\n {2}loki, alloy, .* and grafana: /);
    expect(up.stdout).toMatch(/next:\n {2}\.\/plumb verify/);
  });

  it('must store the lines of the source with their secrets masked', () => {
    expect(up.stdout).toContain('login password=[REDACTED]');
    expect(up.stdout + up.stderr).not.toContain('hunter2hunter2');
  });

  it('must leave a whole bundle and a line in the index', () => {
    const [run] = readdirSync(join(d.root, 'out/runs'));
    const files = readdirSync(join(d.root, 'out/runs', run as string));
    for (const file of ['meta.json', 'events.jsonl', 'summary.json', 'summary.md', 'artifact.json', 'provenance.json'])
      expect(files).toContain(file);
    for (const step of ['generate', 'apply', 'verify']) expect(files).toContain(`${step}.report.json`);
    const lines = readFileSync(join(d.root, 'out/runs.jsonl'), 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(1);
    expect((JSON.parse(lines[0] as string) as RunRecord).status).toBe('green');
  });

  it('must record every attempt of the proof, its end recomputed', () => {
    const arrival = d.report('verify').checks.find((check) => check.id === 'L3.arrival');
    const attempts = arrival?.evidence.attempts as { end_ns: string; start_ns: string }[];
    expect(attempts.length).toBeGreaterThanOrEqual(1);
    expect(new Set(attempts.map((attempt) => attempt.end_ns)).size).toBe(attempts.length);
  });

  it('must keep the planted secret and the password out of everything that it wrote, stored, said and started', () => {
    const planted = /Bearer (\S+)/.exec(readFileSync(join(d.deployRoot, 'probe/probe.log'), 'utf8'))?.[1] as string;
    const password = readFileSync(join(d.deployRoot, 'secrets/grafana/current/admin_password'), 'utf8').trim();
    for (const secret of [planted, password]) expect(secret.length).toBeGreaterThan(16);
    // It knows every form of them: raw, base64 at each alignment, URL- and JSON-escaped.
    const scrubber = createScrubber([planted, password]);
    const own = [join(d.deployRoot, 'probe'), join(d.deployRoot, 'secrets')];
    const files = readdirSync(join(d.root, 'out'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => !own.some((folder) => file.startsWith(folder)));
    expect(files.length).toBeGreaterThan(20);
    for (const file of files) {
      const text = readFileSync(file, 'latin1');
      expect(scrubber.text(text) === text, file).toBe(true);
    }
    for (const said of [up.stdout, up.stderr]) expect(scrubber.text(said)).toBe(said);
    for (const secret of [planted, password]) expect(processesNaming(secret)).toEqual([]);
    expect(scrubber.text(`x${Buffer.from(`a${password}`).toString('base64')}`)).toContain('REDACTED');
  });
});

describe('after up', () => {
  it('must change nothing the second time, and say so', async () => {
    const before = (await d.engine.observe()) as { value: readonly { instance: string }[] };
    const again = await d.plumb('up');
    expect(again.code).toBe(0);
    expect(again.stdout).toContain('nothing changed: all 6 services run as the artifact describes');
    const after = (await d.engine.observe()) as { value: readonly { instance: string }[] };
    expect(after.value.map((s) => s.instance)).toEqual(before.value.map((s) => s.instance));
  });

  it('must prove it again by itself, with the deployed generation as its input', async () => {
    const verify = await d.plumb('verify', '--json');
    expect(verify.code).toBe(0);
    const summary = JSON.parse(verify.stdout) as Summary;
    expect(summary.status).toBe('green');
    expect(summary.stand_ins).toEqual(Object.keys(d.ports));
    expect(summary.levels.map((level) => `${level.id} ${level.verdict}`)).toEqual(
      Array.from({ length: 8 }, (_, n) => `L${n + 1} pass`),
    );
    expect(verify.stderr).toContain('provenance from the deployed generation');
  });

  it('must give the same report for a step alone as for the pipeline, but for ids, times and evidence', async () => {
    const alone = await d.plumb('step', 'verify');
    expect(alone.code).toBe(0);
    const report = d.report('verify');
    await d.plumb('verify');
    const piped = d.report('verify');
    expect(report.checks.map(({ id, verdict, required }) => ({ id, verdict, required }))).toEqual(
      piped.checks.map(({ id, verdict, required }) => ({ id, verdict, required })),
    );
    expect(report.inputs).toEqual(piped.inputs);
  });

  it('must replace only the service whose configuration changed', async () => {
    d.edit('config/stacks/observability/templates/alloy/config.alloy.j2', (text) => text.replace('"2s"', '"3s"'));
    const changed = await d.plumb('up');
    expect(changed.code).toBe(0);
    expect(changed.stdout).toContain('replaced alloy');
    expect(changed.stdout).not.toContain('replaced loki');
  });

  it('must keep the collected lines over a down and an up', async () => {
    expect((await d.plumb('down')).code).toBe(0);
    const later = await d.plumb('up', '--json');
    expect(later.code).toBe(0);
    expect((JSON.parse(later.stdout) as Summary).samples.map((sample) => sample.line)).toContain(
      'first line of the app',
    );
  });

  it('must list the runs, newest first, and show one', async () => {
    const list = JSON.parse((await d.plumb('runs', 'list', '--json')).stdout) as RunRecord[];
    expect(list.length).toBeGreaterThanOrEqual(5);
    for (const [n, record] of list.entries())
      expect(record.previous).toBe(n === 0 ? '0'.repeat(64) : list[n - 1]?.hash);
    const first = list[0] as RunRecord;
    const shown = await d.plumb('runs', 'show', first.run_id);
    expect(shown.code).toBe(0);
    expect(shown.stdout).toContain('green: up test');
    expect((await d.plumb('runs', 'show', 'nothing')).code).toBe(64);
  });
});

describe('down', () => {
  it('must leave no process and no port, keep the data, and remove it only when told to', async () => {
    appendFileSync(join(d.logs, 'app.log'), 'one more\n');
    const down = await d.plumb('down');
    expect(down.code).toBe(0);
    expect(down.stdout).toContain('its data is kept');
    expect(processesNaming(d.deployRoot)).toEqual([]);
    for (const port of Object.values(d.ports)) await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
    expect(existsSync(join(d.deployRoot, 'volumes/loki-data'))).toBe(true);
    expect((await d.plumb('verify')).stdout).toContain('E_RUNTIME_NOT_DEPLOYED');
    expect((await d.plumb('down', '--volumes')).code).toBe(0);
    expect(existsSync(join(d.deployRoot, 'volumes'))).toBe(false);
    expect(readdirSync(d.root).sort()).toEqual(['config', 'logs', 'out']);
  });
});
