import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants, setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { RunRecord } from '@plumbline/contracts';
import { type BuildOptions, build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { parseIndex } from '../runner/src/bundle/run-index.ts';
import { type Deployment, ended, eventually, makeDeployment } from './support/deployment.ts';
import { bash, writePipeline } from './support/pipelines.ts';

const ALL = 100;
const root = join(import.meta.dirname, '..');

/** The records of a deployment; none of them torn, changed or out of the chain. */
function records(d: Deployment): readonly RunRecord[] {
  const file = join(d.root, 'out/runs.jsonl');
  const index = parseIndex(readFileSync(file, 'utf8'), file);
  expect(index.problems).toEqual([]);
  return index.records;
}

const holder = (d: Deployment) => {
  const lock = join(d.deployRoot, '.lock');
  return existsSync(lock) ? readFileSync(lock, 'utf8') : '';
};

const count = <T>(all: readonly T[], wanted: T) => all.filter((one) => one === wanted).length;

/** Many runs at once, which leave the processors to whatever else is tested meanwhile. */
function many(d: Deployment, runs: number, ...args: string[]) {
  return Promise.all(
    Array.from({ length: runs }, () => {
      const run = d.start(...args);
      if (run.pid !== undefined) setPriority(run.pid, constants.priority.PRIORITY_LOW);
      return ended(run);
    }),
  );
}

/** Lets `up` begin with a step that waits until a file is there. */
function hold(d: Deployment, go: string): void {
  const gate = { id: 'gate', run: ['bash', '-c', `until [ -e "${go}" ]; do sleep 0.05; done`], effects: [] };
  d.edit('config/pipelines/up.json', (text) => {
    const { steps, ...more } = JSON.parse(text) as { steps: readonly { readonly id: string }[] };
    const behind = steps.map((step) => (step.id === 'preflight' ? { ...step, after: ['gate'] } : step));
    return JSON.stringify({ ...more, steps: [gate, ...behind] });
  });
}

describe(`${ALL} runs`, () => {
  it('of which one works must all be recorded, the others refused by its name', async () => {
    await using d = await makeDeployment();
    const go = join(d.root, 'go');
    hold(d, go);
    const first = d.start('up');
    const end = ended(first);
    await eventually('the first to hold the lock', () => holder(d) !== '');
    const others = await many(d, ALL - 1, 'up');
    writeFileSync(go, '');
    const worked = await end;
    expect(worked.code, worked.stdout).toBe(0);
    const green = records(d).filter((record) => record.status === 'green');
    expect(green).toHaveLength(1);
    expect(
      count(
        others.map(({ code }) => code),
        75,
      ),
    ).toBe(ALL - 1);
    const name = `: run ${green[0]?.run_id} (up, process ${first.pid}, since `;
    expect(others.filter(({ stderr }) => !stderr.includes(name)).map(({ stderr }) => stderr)).toEqual([]);
    expect(
      count(
        records(d).map((record) => record.status),
        'busy',
      ),
    ).toBe(ALL - 1);
    expect(new Set(records(d).map((record) => record.run_id)).size).toBe(ALL);
    // A run that was refused leaves its record, and nothing else.
    expect(readdirSync(join(d.root, 'out/runs'))).toEqual([green[0]?.run_id]);
  }, 180_000);

  it('that start at once must each work or be refused, and be recorded', async () => {
    await using d = await makeDeployment();
    const [first, others] = await Promise.all([d.plumb('up'), many(d, ALL - 1, 'up')]);
    const all = [first, ...others];
    const worked = all.filter(({ code }) => code === 0);
    const refused = all.filter(({ code }) => code === 75);
    const broken = all.filter(({ code }) => code !== 0 && code !== 75);
    expect(broken.map(({ code, stdout, stderr }) => `${code} ${stdout} ${stderr}`)).toEqual([]);
    expect(worked.length).toBeGreaterThanOrEqual(1);
    expect(worked.filter(({ stdout }) => stdout.includes('started loki'))).toHaveLength(1);
    expect(worked.filter(({ stdout }) => stdout.includes('nothing changed'))).toHaveLength(worked.length - 1);
    const ids = new Set(records(d).map((record) => record.run_id));
    for (const { stderr } of refused) expect(ids).toContain(/another run holds .*: run (\S+) \(up, /.exec(stderr)?.[1]);
    expect(
      records(d)
        .map((record) => record.status)
        .sort(),
    ).toEqual([...refused.map(() => 'busy'), ...worked.map(() => 'green')]);
    expect(ids.size).toBe(ALL);
  }, 300_000);
});

describe('a run that crashed', () => {
  it('must be recorded once, by however many runs that find it at once', async () => {
    await using d = await makeDeployment();
    const go = join(d.root, 'go');
    writePipeline(d, 'crashing', [bash('waits', `echo >"${go}-$$"; until [ -e "${go}" ]; do sleep 0.05; done`)]);
    const begun = () => readdirSync(d.root).filter((name) => name.startsWith('go-')).length;
    const crashed = Array.from({ length: 3 }, () => d.start('run', 'crashing'));
    await eventually('their steps to work', () => begun() === crashed.length);
    await Promise.all(
      crashed.map((run) => {
        const end = ended(run);
        run.kill('SIGKILL');
        return end;
      }),
    );
    writeFileSync(go, '');
    // Probing runs take no lock of the deploy root: all of them look for runs without a record at the same time.
    writePipeline(d, 'probing', [bash('looks', 'true')]);
    const all = await many(d, 16, 'run', 'probing');
    expect(
      count(
        all.map(({ code }) => code),
        0,
      ),
    ).toBe(all.length);
    const seen = records(d).map(({ pipeline, status, recovered }) => `${pipeline} ${status} ${recovered === true}`);
    expect(count(seen, 'crashing crashed true')).toBe(crashed.length);
    expect(count(seen, 'probing green false')).toBe(all.length);
    expect(seen).toHaveLength(crashed.length + all.length);
    expect(new Set(records(d).map((record) => record.run_id)).size).toBe(seen.length);
  });
});

/** A program that appends records to the index of a folder until it is killed, and says the id of each that is there. */
const appender = `
  import { files } from './runner/src/adapters/files.ts';
  import { takeLock } from './runner/src/adapters/lock.ts';
  import { appendRecord } from './runner/src/bundle/run-index.ts';
  const [folder, name] = process.argv.slice(2);
  const fields = { pipeline: 'up', environment: 'e', mode: 'apply', status: 'green', exit_code: 0, duration_ms: 1, errors: 0,
    started_at: '2026-03-01T12:00:00.000Z', warnings: 0, buckets: [], user: 'ann', run_path: '' };
  for (let n = 0; ; n += 1) {
    const done = await appendRecord(folder, { ...fields, run_id: name + '-' + n }, { files, lock: takeLock });
    process.stdout.write((done.ok ? done.value.run_id : done.failure.message) + '\\n');
  }`;

describe('a record', () => {
  it('must not be lost, torn or made twice by a kill -9 while others are appended', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'plumbline records '));
    const program = join(folder, 'appender.mjs');
    const options: BuildOptions = {
      bundle: true,
      format: 'esm',
      platform: 'node',
      conditions: ['@plumbline/source'],
      mainFields: ['module', 'main'],
    };
    const banner = {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    };
    await build({
      stdin: { contents: appender, resolveDir: root, loader: 'ts' },
      outfile: program,
      banner,
      ...options,
    });
    const said: string[] = [];
    /** Appends until it has said that many, and is killed wherever it is then. */
    const appendAndDie = async (name: string, records: number) => {
      const child = spawn(process.execPath, [program, folder, name], { stdio: ['ignore', 'pipe', 'inherit'] });
      const gone = once(child, 'close');
      const lines = createInterface({ input: child.stdout });
      let own = 0;
      lines.on('line', (line) => {
        said.push(line);
        if (++own === records) child.kill('SIGKILL');
      });
      await gone;
    };
    try {
      const index = join(folder, 'runs.jsonl');
      const kills = 24;
      let before = '';
      for (let n = 0; n < kills; n += 2) {
        await Promise.all([appendAndDie(`a${n}`, 3 + (n % 5)), appendAndDie(`b${n}`, 2 + (n % 7))]);
        const now = readFileSync(index, 'utf8');
        expect(now.startsWith(before)).toBe(true);
        before = now;
      }
      const { records: all, problems } = parseIndex(before, index);
      const ids = all.map((record) => record.run_id);
      expect(said.length).toBeGreaterThan(kills * 2);
      expect(said.filter((id) => !ids.includes(id))).toEqual([]);
      expect(new Set(ids).size).toBe(ids.length);
      // Each kill may leave one line: whole, and nobody was told, or torn, on a line of its own.
      expect(ids.length - said.length + problems.length).toBeLessThanOrEqual(kills);
      expect(problems.filter(({ message }) => message !== 'the line is not a whole record')).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
