import { appendFileSync, existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import type { RunRecord } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { type Deployment, ended, eventually, makeDeployment } from './support/deployment.ts';

describe('a host', () => {
  it('with the port in use must end up with one error that names it, and must leave what was there alone', async () => {
    await using d = await makeDeployment();
    const other = await listen(d.ports.alloy as number);
    try {
      const up = await d.plumb('up');
      expect(up.code).toBe(2);
      const conflict = `E_RUNTIME_PORT_CONFLICT (runtime): alloy needs 127.0.0.1:${d.ports.alloy}, which is in use`;
      expect(up.stdout).toContain(conflict);
      expect(up.stdout).toContain(`(process ${process.pid})`);
      expect(up.stdout.match(/E_RUNTIME_PORT_CONFLICT/g)).toHaveLength(1);
      expect(existsSync(join(d.deployRoot, 'store'))).toBe(false);
      // Preflight looks once; what takes the port after that is met by apply itself.
      expect((await d.plumb('step', 'generate')).code).toBe(0);
      const apply = await d.plumb('step', 'apply');
      expect(apply.code).toBe(2);
      expect(apply.stdout).toContain(conflict);
      expect(other.listening).toBe(true);
      expect(d.report('apply').operations.map(({ op, outcome }) => `${op} ${outcome}`)).toContain(
        'flip_current not_reached',
      );
    } finally {
      other.close();
    }
    expect((await d.plumb('up')).code).toBe(0);
  });

  it('where the output directory cannot be written must be refused with the path', async () => {
    await using d = await makeDeployment();
    writeFileSync(join(d.root, 'a file'), '');
    d.configure((config) => {
      config.path_map.output_dir = 'a file/out';
    });
    const up = await d.plumb('up');
    expect(up.code).toBe(2);
    expect(up.stderr).toMatch(
      /E_ENV_UNWRITABLE \(env\): path_map\.output_dir: .*a file is a file, and a directory is meant\n {2}at .*json:\d+:\d+/,
    );
  });

  it('where the deploy root cannot be written must be refused, and the run recorded', async () => {
    await using d = await makeDeployment();
    writeFileSync(join(d.root, 'a file'), '');
    d.configure((config) => {
      config.path_map.deploy_root = 'a file/deploy';
    });
    const up = await d.plumb('up');
    expect(up.code).toBe(2);
    expect(up.stderr).toContain('E_ENV_UNWRITABLE');
    expect(records(d).map((record) => record.status)).toEqual(['refused']);
  });

  it('without the directory of a source must name it', async () => {
    await using d = await makeDeployment();
    d.configure((config) => {
      for (const source of config.sources) source.root = '/no/such/directory';
    });
    const up = await d.plumb('up');
    expect(up.code).toBe(2);
    expect(up.stdout).toContain('E_CONFIG_NOT_FOUND (config): sources.app: /no/such/directory does not exist');
    expect((await d.plumb('step', 'generate')).code).toBe(0);
    expect((await d.plumb('step', 'apply')).stdout).toContain(
      'E_CONFIG_NOT_FOUND (config): alloy mounts /no/such/directory, which does not exist',
    );
  });

  it('whose lock is held must say by whom, exit 75, and change nothing', async () => {
    await using d = await makeDeployment();
    const first = d.start('up');
    await eventually('the first run to hold the lock', () => holder(d) !== '');
    const second = await d.plumb('up');
    expect(second.code).toBe(75);
    expect(second.stderr).toMatch(/E_ENV_LOCKED \(env\): another run holds .*: run \S+ \(up, process \d+, since /);
    expect((await ended(first)).code).toBe(0);
    expect(records(d).map((record) => record.status)).toEqual(['busy', 'green']);
  });
});

describe('a log file', () => {
  it('that cannot be read must be a warning with the file and a hint, or nothing where the source says skip', async () => {
    await using d = await makeDeployment();
    writeFileSync(join(d.logs, 'good.log'), 'a good line\n');
    // A link to itself: not even root can open it.
    symlinkSync('bad.log', join(d.logs, 'bad.log'));
    const warned = await d.plumb('up');
    expect(warned.code).toBe(1);
    expect(warned.stdout).toMatch(
      /E_ENV_SOURCE_UNREADABLE \(env\): 1 of 2 files of app cannot be read: .*bad\.log\n\s+at .*bad\.log\n\s+hint: /,
    );
    d.configure((config) => {
      for (const source of config.sources) source.unreadable = 'skip';
    });
    expect((await d.plumb('up')).code).toBe(0);
  });

  it('with a line of 10 MB must lose that line only, say so, and keep its neighbours', async () => {
    await using d = await makeDeployment();
    const file = join(d.logs, 'app.log');
    writeFileSync(file, `before\n${'x'.repeat(10 << 20)}\nafter\n`);
    const up = await d.plumb('up');
    expect(up.code).toBe(1);
    expect(up.stdout).toMatch(
      /E_PROOF_LINES_DROPPED \(proof\): the collector dropped 1 lines since it started: 1 for line_too_long/,
    );
    expect(await lines(d)).toEqual(['before', 'after']);
    expect(readFileSync(join(d.deployRoot, 'logs/alloy.log'), 'utf8')).toMatch(/line_too_long|too long/);
  });

  it('with bytes that are not UTF-8 must be stored with those bytes replaced, and its neighbours whole', async () => {
    await using d = await makeDeployment();
    const file = join(d.logs, 'app.log');
    writeFileSync(
      file,
      Buffer.concat([Buffer.from('before\nbad '), Buffer.from([0xff, 0xc3, 0x28]), Buffer.from(' line\n')]),
    );
    appendFileSync(file, 'after\n');
    const up = await d.plumb('up');
    expect(up.code).toBe(0);
    expect(await lines(d)).toEqual(['before', 'bad \ufffd\ufffd( line', 'after']);
  });
});

describe('evidence', () => {
  it('that was changed must be refused with its file: a provenance that no longer fits its schema', async () => {
    await using d = await makeDeployment();
    expect((await d.plumb('up')).code).toBe(0);
    const file = join(d.deployRoot, 'current/provenance.json');
    const good = readFileSync(file, 'utf8');
    writeFileSync(file, good.replace('"engine"', '"motor"'));
    const verify = await d.plumb('verify');
    expect(verify.code).toBe(2);
    expect(verify.stdout).toMatch(/E_PROOF_REPORT_INVALID \(proof\): .*provenance\.json: unknown key "motor"/);
    writeFileSync(file, good.slice(0, 40));
    expect((await d.plumb('verify')).stdout).toMatch(
      /E_PROOF_REPORT_INVALID \(proof\): .*provenance\.json is not whole JSON/,
    );
    writeFileSync(file, good);
    expect((await d.plumb('verify')).code).toBe(0);
  });

  it('in the index that is torn or changed must be named by its line, the other records kept, and the next one added', async () => {
    await using d = await makeDeployment();
    for (let n = 0; n < 3; n += 1) expect((await d.plumb('down')).code).toBe(0);
    const file = join(d.root, 'out/runs.jsonl');
    const [first, second, third] = readFileSync(file, 'utf8').trimEnd().split('\n') as [string, string, string];
    writeFileSync(file, `${first}\n${second.replace('"green"', '"failed"')}\n${third.slice(0, 60)}`);
    const list = await d.plumb('runs', 'list', '--json');
    expect(list.code).toBe(2);
    expect(list.stderr).toMatch(
      /E_PROOF_INDEX_CORRUPT \(proof\): the record of run \S+ was changed after it was written\n {2}at .*runs\.jsonl:2/,
    );
    expect(list.stderr).toMatch(/the line is not a whole record\n {2}at .*runs\.jsonl:3/);
    expect(JSON.parse(list.stdout)).toHaveLength(1);
    expect((await d.plumb('down')).code).toBe(0);
    expect(readFileSync(file, 'utf8').trimEnd().split('\n').slice(0, 3)).toEqual([
      first,
      second.replace('"green"', '"failed"'),
      third.slice(0, 60),
    ]);
    // The runs themselves ended well, and their own summaries still say so: they are recorded again.
    const after = JSON.parse((await d.plumb('runs', 'list', '--json')).stdout) as RunRecord[];
    expect(after.map((record) => record.status)).toEqual(['green', 'green', 'green', 'green']);
    expect(new Set(after.map((record) => record.run_id)).size).toBe(4);
  });
});

describe('a run that is ended', () => {
  it('by Ctrl-C must stop, complete its bundle, exit 130, and the next run must finish the job', async () => {
    await using d = await makeDeployment();
    const up = d.start('up');
    const end = ended(up);
    await eventually('the deployment to be under way', () => holder(d) !== '' && up.kill(0));
    up.kill('SIGINT');
    const { code } = await end;
    expect(code).toBe(130);
    expect(d.summary().status).toBe('interrupted');
    expect(records(d).map((record) => record.status)).toEqual(['interrupted']);
    expect((await d.plumb('up')).code).toBe(0);
  });

  it('by kill -9 must free its lock, and be recorded as crashed by the next run, which finishes the job', async () => {
    await using d = await makeDeployment();
    const up = d.start('up');
    const end = ended(up);
    await eventually('the deployment to be under way', () => holder(d) !== '');
    await eventually('its bundle to be begun', () => records(d).length === 0 && bundleBegun(d));
    up.kill('SIGKILL');
    expect((await end).signal).toBe('SIGKILL');
    expect((await d.plumb('up')).code).toBe(0);
    expect(records(d).map((record) => record.status)).toEqual(['crashed', 'green']);
  });
});

function listen(port: number): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer().listen(port, '127.0.0.1', () => resolve(server));
  });
}

function records(d: Deployment): readonly RunRecord[] {
  try {
    return readFileSync(join(d.root, 'out/runs.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as RunRecord);
  } catch {
    return [];
  }
}

function holder(d: Deployment): string {
  try {
    return readFileSync(join(d.deployRoot, '.lock'), 'utf8');
  } catch {
    return '';
  }
}

function bundleBegun(d: Deployment): boolean {
  try {
    return d.report('generate').status === 'pass';
  } catch {
    return false;
  }
}

/** What the store holds of the source `app`, in order. */
async function lines(d: Deployment): Promise<readonly string[]> {
  const params = new URLSearchParams({ query: '{job="app"}', direction: 'forward', limit: '100' });
  const answer = await fetch(`http://127.0.0.1:${d.ports.loki}/loki/api/v1/query_range?${params}`);
  const { data } = (await answer.json()) as { data: { result: { values: [string, string][] }[] } };
  return data.result
    .flatMap((stream) => stream.values)
    .sort(([a], [b]) => (BigInt(a) < BigInt(b) ? -1 : 1))
    .map(([, line]) => line);
}
