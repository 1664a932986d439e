import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contractPath, createScrubber, type Pipeline, REDACTED, type Step } from '@plumbline/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clock } from '../runner/src/adapters/clock.ts';
import { files } from '../runner/src/adapters/files.ts';
import { isFree, takeLock } from '../runner/src/adapters/lock.ts';
import { createProcesses } from '../runner/src/adapters/process.ts';
import { createSecrets } from '../runner/src/adapters/secrets.ts';
import { buildGraph } from '../runner/src/graph/graph.ts';
import { plainReporter } from '../runner/src/reporters/plain.ts';
import { runPipeline } from '../runner/src/run/run-pipeline.ts';
import { type Deployment, type Ended, ended, makeDeployment } from './support/deployment.ts';
import { demoEnvironment } from './support/environment.ts';
import { manifest } from './support/manifest.ts';
import { bash, events, newestRun, writePipeline } from './support/pipelines.ts';
import { fakePorts } from './support/ports.ts';
import { formsOf } from './support/secret-forms.ts';
import { leaksBelow, leaksIn, watchProcesses } from './support/sentinels.ts';

// The logs of services have a test of their own: ministack/src/supervisor/service-log.test.ts.
// Every sentinel has what the encodings differ in, and its own random part, so that a leak names where it came from.
const sentinel = () => `s"ä/n?t+${randomBytes(6).toString('hex')} & \\l's<>`;
const PLANTED = {
  'a value of the configuration': sentinel(),
  'a template': `tmpl-${randomBytes(9).toString('hex')}`,
  "a child's stderr": sentinel(),
  'the body of an error': sentinel(),
  'an exception': `thrown-${randomBytes(9).toString('hex')}`,
};

let d: Deployment;
let processes: ReturnType<typeof watchProcesses>;
const said: { readonly command: string; readonly bytes: Buffer }[] = [];

beforeAll(async () => {
  d = await makeDeployment();
  processes = watchProcesses(PLANTED);
  writeFileSync(join(d.logs, 'app.log'), 'first line of the app\n');
  await plumb('up');
  // What the deploy root holds as a secret is one; these are, but for the two that come from elsewhere.
  for (const name of ['a template', 'the body of an error', 'an exception'] as const) {
    const secret = { service: 'sentinels', version: '1', name: name.replaceAll(' ', '_') };
    const file = contractPath('deploy', 'secret', d.deployRoot, secret);
    mkdirSync(join(file, '..'), { recursive: true, mode: 0o700 });
    writeFileSync(file, `${PLANTED[name]}\n`, { mode: 0o600 });
  }
});

afterAll(async () => {
  processes.stop();
  await d[Symbol.asyncDispose]();
});

/** Runs the command line and keeps what it shows. */
async function plumb(...args: string[]): Promise<Ended> {
  const end = await ended(d.start(...args));
  said.push({ command: args.join(' '), bytes: Buffer.from(end.stdout + end.stderr) });
  return end;
}

/** The same with a file of the project changed while it runs. */
async function changed<T>(file: string, change: (text: string) => string, work: () => Promise<T>): Promise<T> {
  const before = readFileSync(join(d.root, file), 'utf8');
  d.edit(file, change);
  try {
    return await work();
  } finally {
    writeFileSync(join(d.root, file), before);
  }
}

/** The same on a terminal. */
async function onTerminal(...args: string[]): Promise<string> {
  const [program = '', ...rest] = d.start('version').spawnargs;
  const given = [...rest.filter((arg) => arg !== 'version').slice(0, 1), ...args, '--config', d.configFile];
  const script = 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)';
  const { stdout } = await ended(
    spawn('python3', ['-c', script, program, ...given], { env: { ...process.env, TERM: 'xterm' } }),
  );
  said.push({ command: `${args.join(' ')} on a terminal`, bytes: Buffer.from(stdout) });
  return stdout;
}

describe('the search for sentinels', () => {
  it('must find one that is written on purpose, in each encoding, in a file, in a name and on a command line', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'plumb leaks '));
    const all = Object.entries(formsOf(PLANTED['a value of the configuration']));
    for (const [n, [, written]] of all.entries()) writeFileSync(join(folder, String(n)), `before ${written} after`);
    writeFileSync(join(folder, PLANTED['an exception']), '');
    mkdirSync(join(folder, 'secrets'));
    writeFileSync(join(folder, 'secrets/exempt'), PLANTED['a template']);
    const { leaks } = leaksBelow(folder, PLANTED, [join(folder, 'secrets')]);
    for (const [n, [form]] of all.entries()) expect(leaks).toContain(`${n}: a value of the configuration, ${form}`);
    expect(leaks).toContain(`the name ${PLANTED['an exception']}: an exception, raw`);
    expect(leaks.join()).not.toContain('a template');
    rmSync(folder, { recursive: true });
    const own = randomBytes(9).toString('hex');
    const watch = watchProcesses({ own });
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', own], { stdio: 'ignore' });
    await new Promise((resolve) => child.once('spawn', resolve));
    expect(watch.stop().leaks).toEqual(expect.arrayContaining(['a command line: own, raw']));
    child.kill('SIGKILL');
  });
});

it('the terminal must be written to in one place only, behind the scrubber', () => {
  const writes = /\b(?:stdout|stderr)\.write\b|\bconsole\./;
  expect(writes.test('process.stderr.write(text)')).toBe(true);
  const root = join(import.meta.dirname, '../runner/src');
  const sources = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /(?<!\.test)\.ts$/.test(name),
  );
  expect(sources.length).toBeGreaterThan(100);
  const found = sources.filter((name) => writes.test(readFileSync(join(root, name), 'utf8')));
  expect(found).toEqual(['cli/output.ts']);
});

describe('a secret', () => {
  it('in a value of the configuration must be refused by up, and be shown by nothing that reads it', async () => {
    const secret = PLANTED['a value of the configuration'];
    d.configure((config) => Object.assign(config.labels, { api_token: secret, pass_phrase: 'not one of them' }));
    const up = await plumb('up');
    expect(up.code).toBe(2);
    expect(up.stdout).toContain('E_CONFIG_TEMPLATE');
    const shown = await plumb('config', 'show', '--origin');
    expect(shown.stdout).toMatch(/labels\.api_token +\S*REDACTED/);
    expect(shown.stdout).toContain('not one of them');
    for (const args of [['config', 'show', '--json'], ['plan'], ['diagnose'], ['diagnose', '--reporter', 'json']])
      await plumb(...args);
    // A configuration that is refused is quoted in the message.
    d.configure((config) => Object.assign(config, { engine: secret }));
    const refused = await plumb('config', 'show');
    expect(refused.stderr).toContain(REDACTED);
    await plumb('up', '--json');
    expect((await ended(lint())).stdout).toContain('"file"');
    d.configure((config) => {
      config.engine = 'embedded';
      config.labels = { env: 'test' };
    });
  });

  it('in the output of a template must be refused with its place, and be neither kept nor deployed', async () => {
    const file = 'config/stacks/observability/templates/alloy/config.alloy.j2';
    const up = await changed(
      file,
      (text) => `// ${PLANTED['a template']}\n${text}`,
      () => plumb('up'),
    );
    expect(up.code).toBe(2);
    expect(up.stdout).toMatch(/E_CONFIG_TEMPLATE .*alloy\/config\.alloy would hold a secret/);
  });

  it("in a child's stderr, a part at a time and in base64, must not reach its log, its report or the terminal", async () => {
    const script =
      'cut -zc-9 <<<"$SENTINEL_TOKEN" | tr -d "\\0\\n" >&2; echo out; cut -zc10- <<<"$SENTINEL_TOKEN" >&2; base64 <<<"$SENTINEL_TOKEN" >&2; exit 3';
    writePipeline(d, 'leaky', [bash('child', script, { env: ['SENTINEL_TOKEN'] })]);
    process.env.SENTINEL_TOKEN = PLANTED["a child's stderr"];
    try {
      expect((await plumb('run', 'leaky')).code).toBe(2);
      expect((await plumb('run', 'leaky', '--json')).code).toBe(2);
    } finally {
      delete process.env.SENTINEL_TOKEN;
    }
    const log = readFileSync(join(newestRun(d), 'child.log'), 'utf8');
    expect(log.replace('out\n', '')).toMatch(/^\*{3}REDACTED\*{3}\n/);
  });

  it('in the body of an HTTP error must not reach a report, also where the end of the excerpt goes through it', async () => {
    const page = `${'x'.repeat(190)}${PLANTED['the body of an error']}`;
    expect((await d.engine.stop('grafana')).ok).toBe(true);
    const server = createServer((_, response) => void response.writeHead(500).end(page));
    await new Promise<void>((resolve) => server.listen(d.ports.grafana, '127.0.0.1', resolve));
    try {
      expect((await plumb('verify')).code).toBe(2);
      await plumb('verify', '--json');
      expect(await onTerminal('verify')).toContain('\u001b[');
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
    const report = JSON.stringify(d.report('verify'));
    expect(report).toContain(`${'x'.repeat(190)}${REDACTED.slice(0, 10)}`);
    expect(report).not.toContain(PLANTED['the body of an error'].slice(0, 8));
    expect((await plumb('up')).code).toBe(0);
  });

  it('in an exception must not reach the reporter, the event log or the report, and neither must the stack of a crash', async () => {
    const told = await runThrowing(`it broke at ${PLANTED['an exception']} again`);
    said.push({ command: 'a run whose step throws', bytes: Buffer.from(told) });
    expect(told).toContain(`E_RUNTIME_UNEXPECTED (runtime): work: it broke at ${REDACTED} again`);
    const [failure] = events(d).filter((event) => event.type === 'failure');
    expect(failure?.detail).toMatch(/^Error: it broke at \*{3}REDACTED\*{3} again\n {4}at /);
    const outside = await plumb('step', 'verify', '--from-run', 'a/b');
    expect(outside.stderr).toContain('bad value for {run_id}: a/b');
    expect(outside.stderr).not.toContain('    at ');
  });

  it('must be nowhere below out, but in the folder of the secrets, and never have been shown or on a command line', () => {
    const { leaks, files: looked } = leaksBelow(join(d.root, 'out'), PLANTED, [join(d.deployRoot, 'secrets')]);
    expect(looked).toBeGreaterThan(100);
    expect(leaks).toEqual([]);
    expect(said.length).toBeGreaterThan(15);
    for (const { command, bytes } of said) {
      expect(bytes.length, command).toBeGreaterThan(0);
      expect(leaksIn(bytes, PLANTED, command)).toEqual([]);
    }
    const seen = processes.stop();
    expect(seen.looks).toBeGreaterThan(10);
    expect(seen.leaks).toEqual([]);
    // They were there to be told: each of the deployed ones still is.
    expect(leaksBelow(join(d.deployRoot, 'secrets'), PLANTED).leaks.length).toBeGreaterThanOrEqual(3);
  });
});

/** `config lint` takes a path in place of --config. */
function lint() {
  const [program = '', ...rest] = d.start('version').spawnargs;
  return spawn(program, [rest[0] as string, 'config', 'lint', d.configFile, '--json'], { cwd: d.root });
}

/** No step of ours can be made to throw from outside: a run of the same engine, in the same folder, with one that does. */
async function runThrowing(message: string): Promise<string> {
  const scrubber = createScrubber();
  const work: Step = { manifest: manifest('work'), run: () => Promise.reject(new Error(message)) };
  const steps = [{ id: 'work', uses: 'work' }] as Pipeline['steps'];
  const pipeline: Pipeline = { schema_version: '1', name: 'throwing', description: 'x', steps };
  const graph = buildGraph(pipeline, { work: work.manifest }, () => ({}));
  if (!graph.ok) throw new Error(graph.failure.message);
  const demo = demoEnvironment();
  const paths = { ...demo.paths, output_dir: join(d.root, 'out'), deploy_root: d.deployRoot };
  const lines: string[] = [];
  const done = await runPipeline(
    {
      runId: '9999-03-01T12-00-00Z_01',
      graph: graph.value,
      steps: { work },
      loaded: { environment: { ...demo, paths }, configSha256: '0'.repeat(64) } as never,
      mode: 'diagnose',
      dryRun: false,
      given: {},
      fromRun: undefined,
      concurrency: 1,
      signal: new AbortController().signal,
      endedBy: () => undefined,
      about: { plumbline: { version: '0', build: '0' }, node: 'v20', user: 'x' },
      emit: plainReporter((line) => void lines.push(line)),
      next: () => [],
    },
    {
      ports: fakePorts({ files, secrets: createSecrets(scrubber) }),
      files,
      clock,
      scrubber,
      processes: createProcesses(scrubber),
      hostEnvironment: {},
      lock: takeLock,
      isFree,
    },
  );
  return [...lines, JSON.stringify(done)].join('\n');
}
