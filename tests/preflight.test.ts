import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Bootstrap,
  type Check,
  type DesiredState,
  type EnginePort,
  type Environment,
  err,
  failure,
  type HostPort,
  type Listener,
  ok,
  type Ports,
  type StepContext,
} from '@plumbline/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { host as realHost } from '../runner/src/adapters/host.ts';
import { takeLock } from '../runner/src/adapters/lock.ts';
import { preflight } from '../steps/preflight/src/index.ts';
import { makeArtifact, payload } from './support/artifact.ts';
import { demoEnvironment } from './support/environment.ts';
import { type MemoryFiles, memoryFiles } from './support/files.ts';
import { fakeEngine, fakeHost, fakePorts, running } from './support/ports.ts';

const names =
  'lock config schema_version path_map engine tools ports images image_tags desired_state drift secrets firewall journal interactive mode resources';

const deploy = '/repo/out/deploy/demo';
const store = `${deploy}/store/loki-0123456789ab`;

/** What a change of the shipped environment must not change here. */
const fixed: Partial<Bootstrap> = {
  ports: { loki: 13100, alloy: 12345 },
  image_pins: { loki: 'grafana/loki:3.0.0', alloy: 'grafana/alloy:v1.2.1' },
  checks: { firewall: true, journal: true },
};

/** What a test changes of a host on which all is well. */
interface Change {
  readonly host?: Partial<HostPort>;
  readonly engine?: Partial<EnginePort>;
  readonly bootstrap?: Partial<Bootstrap>;
  readonly policy?: Partial<Environment['secretsPolicy']>;
  readonly mode?: 'diagnose' | 'repair' | 'apply';
  readonly files?: (files: MemoryFiles) => void;
  readonly ports?: Partial<Ports>;
}

/** The files of a repository with a deployed stack. */
function repository(): MemoryFiles {
  const { alloy: _, ...services } = makeArtifact().services;
  const artifact = makeArtifact({ services });
  const files = memoryFiles({
    '/repo/config/bootstrap.demo.json': '{}',
    '/repo/config/stacks/observability/stack.json': '{}',
    '/repo/config/stacks/observability/templates/compose.yml.j2': 'services: {}',
    '/repo/config/pipelines/up.json': '{"steps": [{"id": "a", "uses": "apply"}]}',
    '/repo/contracts/error_taxonomy.json': '{}',
    [`${deploy}/generations/c/artifact.json`]: JSON.stringify(artifact),
    [`${store}/loki.yml`]: payload['loki/loki.yml'] as string,
  });
  files.links.set(`${deploy}/current`, 'generations/c');
  return files;
}

async function run(change: Change = {}) {
  const files = repository();
  change.files?.(files);
  const engine: EnginePort = {
    ...fakeEngine(),
    daemon: async () => ok('27.0'),
    image: async () => ok('here'),
    ...change.engine,
  };
  const environment = demoEnvironment({ ...fixed, ...change.bootstrap });
  const step = preflight(['flock']);
  const result = await step.run({
    config: { ...environment, secretsPolicy: { ...environment.secretsPolicy, secrets: [], ...change.policy } },
    inputs: {},
    params: { min_free_mb: 512 },
    mode: change.mode ?? 'apply',
    dryRun: false,
    ports: fakePorts({ files, engine, host: fakeHost(change.host), ...change.ports }),
    signal: new AbortController().signal,
    runId: 'r1',
    runDir: '/repo/out/runs/r1',
    emit: () => undefined,
  } as StepContext);
  if (!result.ok) throw new Error(result.failure.message);
  return result.value;
}

/** The checks that are neither good nor skipped, each with its verdict and code. */
function wrong(checks: readonly Check[]): readonly string[] {
  return checks.flatMap((c) =>
    c.verdict === 'pass' || c.verdict === 'skipped'
      ? []
      : [`${c.id.slice('preflight.'.length)} ${c.verdict} ${c.error?.code}`],
  );
}

const check = (checks: readonly Check[], name: string) => checks.find((c) => c.id === `preflight.${name}`) as Check;
const secretFile = `${deploy}/secrets/grafana/v1/admin_password`;
const withSecret = (value: string) => (files: MemoryFiles) =>
  void files.content.set(secretFile, new TextEncoder().encode(value));
const access =
  (mode: number, uid = 1000): HostPort['access'] =>
  async (path) =>
    ok({
      kind: path === secretFile ? 'file' : 'directory',
      mode: path === secretFile ? mode : 0o755,
      uid,
      writable: true,
    });
const busy = (port: number): Listener => ({ host: '127.0.0.1', port, process: { pid: 42, name: 'nginx' } });
const script = (text: string) => (files: MemoryFiles) => {
  const put = (path: string, content: string) => files.content.set(path, new TextEncoder().encode(content));
  put('/repo/scripts/ask.sh', text);
  put('/repo/config/pipelines/mine.json', '{"steps": [{"id": "ask", "run": ["bash", "scripts/ask.sh"]}]}');
};

describe('preflight', () => {
  it('must make every check of seed 002, each with an id of its own, and pass on a good host', async () => {
    const { checks } = await run({ files: withSecret('Zk3x9'), host: { access: access(0o400) } });
    expect(checks.map((c) => c.id.slice('preflight.'.length))).toEqual(names.split(' '));
    expect(checks.map((c) => `${c.id} ${c.verdict}`).filter((text) => !text.endsWith(' pass'))).toEqual([]);
  });

  const breaks: readonly (readonly [string, string, Change, RegExp])[] = [
    [
      'a lock that another run holds',
      'lock fail E_ENV_LOCKED',
      { host: { lock: async () => ok({ held: true, holder: 'run r0 (up, process 7)' }) } },
      /run r0 \(up, process 7\)/,
    ],
    [
      'another schema version',
      'schema_version fail E_CONFIG_SCHEMA_VERSION',
      { bootstrap: { schema_version: '1' as '2' } },
      /version 1; this build reads 2/,
    ],
    [
      'a path that cannot be written',
      'path_map fail E_ENV_UNWRITABLE',
      { host: { access: async (p) => ok({ kind: 'directory', mode: 0o555, uid: 0, writable: p !== deploy }) } },
      /deploy_root: .*demo cannot be written/,
    ],
    [
      'a path that does not exist',
      'path_map fail E_CONFIG_NOT_FOUND',
      {
        host: {
          access: async (p) =>
            ok(p === '/var/log' ? undefined : { kind: 'directory', mode: 0o755, uid: 0, writable: true }),
        },
      },
      /sources\.varlog: \/var\/log does not exist/,
    ],
    [
      'a daemon that does not answer',
      'engine fail E_RUNTIME_ENGINE_UNREACHABLE',
      {
        engine: {
          daemon: async () => err(failure('E_RUNTIME_ENGINE_UNREACHABLE', 'no daemon at /var/run/docker.sock')),
        },
      },
      /docker\.sock/,
    ],
    [
      'a tool that is not there',
      'tools fail E_DEPS_TOOL_MISSING',
      { engine: { tools: ['docker'] }, host: { which: async (t) => ok(t === 'docker' ? undefined : `/bin/${t}`) } },
      /not on the PATH: docker/,
    ],
    [
      'a port in use',
      'ports fail E_RUNTIME_PORT_CONFLICT',
      { host: { listening: async () => ok([busy(13100)]) } },
      /loki needs 127\.0\.0\.1:13100, which is in use by nginx \(process 42\)/,
    ],
    [
      'an image that is not to be had',
      'images fail E_DEPS_IMAGE_MISSING',
      { engine: { image: async (i) => ok(i.includes('loki') ? 'missing' : 'here') } },
      /grafana\/loki/,
    ],
    [
      'an image without an exact tag',
      'image_tags fail E_CONFIG_IMAGE_NOT_PINNED',
      { bootstrap: { image_pins: { loki: 'localhost:5000/loki', alloy: 'grafana/alloy:latest' } } },
      /loki \(localhost:5000\/loki\), alloy/,
    ],
    [
      'a deployed file that was edited',
      'drift fail E_PROOF_DRIFT_RENDERED',
      { mode: 'diagnose', files: (f) => void f.content.set(`${store}/loki.yml`, new Uint8Array([1])) },
      /store\/loki-0123456789ab\/loki\.yml/,
    ],
    [
      'a deployed file that was added',
      'drift fail E_PROOF_DRIFT_RENDERED',
      { mode: 'diagnose', files: (f) => void f.content.set(`${store}/more.yml`, new Uint8Array([1])) },
      /more\.yml/,
    ],
    [
      'a deployed file that was edited, where apply puts it back',
      'drift warn E_PROOF_DRIFT_RENDERED',
      { files: (f) => void f.content.delete(`${store}/loki.yml`) },
      /loki\.yml/,
    ],
    [
      'a secret that others may read',
      'secrets fail E_ENV_SECRETS_EXPOSED',
      { files: withSecret('Zk3x9'), host: { access: access(0o644) } },
      /admin_password may be read by others: mode 644/,
    ],
    [
      'a secret of another user',
      'secrets fail E_ENV_SECRETS_EXPOSED',
      { files: withSecret('Zk3x9'), host: { access: access(0o600), uid: 7 }, ports: { engine: fakeEngine() } },
      /belongs to user 1000, not to 7/,
    ],
    [
      'a secret of an example',
      'secrets fail E_CONFIG_SECRET_PLACEHOLDER',
      { files: withSecret('CHANGE_ME\n'), host: { access: access(0o600) } },
      /value of an example/,
    ],
    [
      'a firewall that is off',
      'firewall fail E_ENV_FIREWALL_INACTIVE',
      { host: { firewall: async () => ok('inactive') } },
      /UFW is not active/,
    ],
    [
      'a journal in memory',
      'journal fail E_ENV_JOURNAL_VOLATILE',
      { host: { journal: async () => ok('volatile') } },
      /in memory only/,
    ],
    [
      'a script that asks',
      'interactive fail E_CONFIG_INTERACTIVE',
      { files: script('#!/bin/bash\nread -p "sure? " x\n') },
      /scripts\/ask\.sh:2:1 read -p/,
    ],
    [
      'a mode above the ceiling',
      'mode fail E_ENV_MODE_VIOLATION',
      { mode: 'apply', bootstrap: { execution_mode: 'repair' } },
      /the environment allows repair at most/,
    ],
    [
      'a mode that there is not',
      'mode fail E_ENV_MODE_VIOLATION',
      { mode: 'destroy' as 'apply' },
      /there is no such mode/,
    ],
    [
      'a full disk',
      'resources warn E_ENV_RESOURCES_LOW',
      { host: { freeBytes: async () => ok(1024) } },
      /only 0 MB of disk/,
    ],
    [
      'no memory',
      'resources warn E_ENV_RESOURCES_LOW',
      { host: { availableMemory: async () => ok(1024) } },
      /0 MB of memory/,
    ],
  ];
  it.each(breaks)('must find exactly %s: %s', async (_, expected, change, says) => {
    const { checks, summary } = await run(change);
    expect(wrong(checks)).toEqual([expected]);
    expect(check(checks, expected.split(' ')[0] as string).error?.message).toMatch(says);
    expect(summary).toMatch(says);
  });

  const gone = failure('E_ENV_UNREADABLE', 'permission denied');
  const unseen: readonly (readonly [string, Change])[] = [
    ['lock', { host: { lock: async () => err(gone) } }],
    ['path_map', { host: { access: async () => err(gone) } }],
    ['tools', { host: { which: async () => err(gone) } }],
    ['ports', { host: { listening: async () => err(gone) } }],
    ['images', { engine: { image: async () => err(gone) } }],
    ['firewall', { host: { firewall: async () => err(gone) } }],
    ['journal', { host: { journal: async () => err(gone) } }],
    ['resources', { host: { freeBytes: async () => err(gone) } }],
    ['drift', { files: (f) => void f.failing.add(`read ${store}/loki.yml`) }],
  ];
  it.each(unseen)('must call %s unknown, not good and not bad, where it could not look', async (name, change) => {
    expect(wrong((await run(change)).checks)).toEqual([`${name} unknown E_ENV_UNREADABLE`]);
  });

  it('must deliver no desired state where a canonical file cannot be read', async () => {
    const { checks, outputs } = await run({ files: (f) => void f.failing.add('read /repo/config/pipelines/up.json') });
    expect(check(checks, 'desired_state').verdict).toBe('unknown');
    expect(outputs).toEqual({});
  });

  it.each([
    ['engine', {}],
    ['images', {}],
    ['firewall', { bootstrap: { checks: {} } }],
    ['journal', { bootstrap: { checks: { journal: false } } }],
    ['secrets', {}],
  ] as const)('must skip %s, with the reason, where it is not asked for', async (name, change) => {
    const ports = name === 'engine' || name === 'images' ? { ports: { engine: fakeEngine() } } : {};
    const found = check((await run({ ...change, ...ports })).checks, name);
    expect(found.verdict).toBe('skipped');
    expect(found.summary).not.toBe('');
  });

  it('must not count the lock that this very run holds, nor the ports of this deployment', async () => {
    const { checks } = await run({
      host: {
        lock: async () => ok({ held: true, holder: 'run r1 (up, process 9, since now)' }),
        listening: async () => ok([busy(13100), { ...busy(12345), host: '192.0.2.1' }]),
      },
      engine: { observe: async () => ok([running('loki', { address: '127.0.0.1:13100' })]) },
    });
    expect(wrong(checks)).toEqual([]);
  });

  it('must not take for a prompt what a script only prints', async () => {
    expect(wrong((await run({ files: script('#!/bin/bash\necho "read -p"\n') })).checks)).toEqual([]);
  });

  it('must tell the resolved map of paths', async () => {
    expect(check((await run()).checks, 'path_map').evidence.paths).toMatchObject({
      deploy_root: deploy,
      'sources.varlog': '/var/log',
    });
  });
});

describe('the desired state', () => {
  const stateOf = async (change: Change = {}) => (await run(change)).outputs.desired_state as DesiredState;

  it('must list every canonical file by a path of the repository', async () => {
    expect((await stateOf()).files.map((file) => file.path)).toEqual([
      'config/bootstrap.demo.json',
      'config/pipelines/',
      'config/pipelines/up.json',
      'config/stacks/observability/',
      'config/stacks/observability/stack.json',
      'config/stacks/observability/templates/compose.yml.j2',
      'contracts/error_taxonomy.json',
    ]);
  });

  it('must change with any of them, and with a new one, and with nothing else', async () => {
    const before = await stateOf();
    const put = (path: string) => (f: MemoryFiles) => void f.content.set(path, new Uint8Array([1]));
    expect(await stateOf({ files: put(`${deploy}/other`) })).toEqual(before);
    for (const { path } of before.files.filter((file) => !file.path.endsWith('/')))
      expect((await stateOf({ files: put(`/repo/${path}`) })).sha256).not.toBe(before.sha256);
    expect((await stateOf({ files: put('/repo/config/stacks/observability/templates/new') })).sha256).not.toBe(
      before.sha256,
    );
  });

  it('must tell what changed since the last green run of this environment, and not call it a fault', async () => {
    const state = await stateOf();
    const record = (more: object) =>
      JSON.stringify({
        schema_version: '1',
        run_id: 'r0',
        pipeline: 'up',
        environment: 'demo',
        mode: 'apply',
        status: 'green',
        exit_code: 0,
        started_at: '2026-03-01T12:00:00.000Z',
        duration_ms: 1,
        errors: 0,
        warnings: 0,
        buckets: [],
        user: 'u',
        run_path: 'runs/r0',
        previous: 'a'.repeat(64),
        hash: 'b'.repeat(64),
        ...more,
      });
    const lines = [
      record({}),
      record({ run_id: 'r9', status: 'failed' }),
      record({ run_id: 'r8', environment: 'other' }),
      // It was green and recorded its files, and applied nothing.
      record({ run_id: 'r7', pipeline: 'diagnose', mode: 'diagnose', run_path: 'runs/r7' }),
      '{torn',
    ];
    const files = (f: MemoryFiles) => {
      const put = (path: string, text: string) => f.content.set(path, new TextEncoder().encode(text));
      put('/repo/out/runs.jsonl', `${lines.join('\n')}\n`);
      put('/repo/out/runs/r0/desired_state.json', JSON.stringify(state));
      put('/repo/out/runs/r0/provenance.json', '{}');
      put('/repo/out/runs/r7/desired_state.json', JSON.stringify({ ...state, files: [] }));
      put('/repo/config/stacks/observability/stack.json', '{"a": 1}');
    };
    const { checks } = await run({ files });
    expect(wrong(checks)).toEqual([]);
    expect(check(checks, 'drift')).toMatchObject({
      summary: 'changed since the green run r0: config/stacks/observability/stack.json',
      evidence: { since: 'r0', changed: ['config/stacks/observability/stack.json'] },
    });
  });
});

describe('preflight on this host', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'plumb preflight '));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('must name the port and the process that listens on it', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    try {
      const { checks } = await run({
        host: { listening: realHost.listening },
        bootstrap: { ports: { loki: port, alloy: 1 } },
      });
      expect(wrong(checks)).toEqual(['ports fail E_RUNTIME_PORT_CONFLICT']);
      expect(check(checks, 'ports').error?.message).toContain(`127.0.0.1:${port}, which is in use by `);
      expect(check(checks, 'ports').error?.message).toContain(`(process ${process.pid})`);
    } finally {
      server.close();
    }
    expect(
      wrong(
        (await run({ host: { listening: realHost.listening }, bootstrap: { ports: { loki: port, alloy: 1 } } })).checks,
      ),
    ).toEqual([]);
  });

  it('must see a lock only while it is held, and must not take it', async () => {
    const path = join(folder, '.lock');
    const host = { lock: async () => realHost.lock(path) };
    expect(wrong((await run({ host })).checks)).toEqual([]);
    const held = takeLock(path, 'run r0 (up, process 7, since noon)');
    if (!held.ok) throw new Error(held.failure.message);
    const { checks } = await run({ host });
    expect(wrong(checks)).toEqual(['lock fail E_ENV_LOCKED']);
    expect(check(checks, 'lock').evidence).toMatchObject({ holder: 'run r0 (up, process 7, since noon)' });
    held.value.release();
    expect(wrong((await run({ host })).checks)).toEqual([]);
    const again = takeLock(path, 'x');
    expect(again.ok).toBe(true);
    if (again.ok) again.value.release();
  });

  it('must judge paths by what is there: a file where a directory should be, and none at all', async () => {
    mkdirSync(join(folder, 'good'));
    closeSync(openSync(join(folder, 'file'), 'w'));
    const at = (place: string): Change => ({
      host: {
        access: (path) =>
          path.startsWith(deploy) ? realHost.access(path.replace(deploy, place)) : fakeHost().access(path),
      },
    });
    expect(wrong((await run(at(join(folder, 'good')))).checks)).toEqual([]);
    const file = await run(at(join(folder, 'file')));
    expect(wrong(file.checks)).toEqual(['path_map fail E_ENV_UNWRITABLE']);
    expect(check(file.checks, 'path_map').error?.message).toContain('is not a directory');
    expect(wrong((await run(at(join(folder, 'none')))).checks)).toEqual([]);
  });

  it('must find tools, space and memory, and what is not there', async () => {
    expect(await realHost.which('flock')).toMatchObject({ ok: true, value: expect.stringMatching(/\/flock$/) });
    expect(await realHost.which('no-such-tool')).toEqual({ ok: true, value: undefined });
    for (const asked of [realHost.freeBytes(join(folder, 'not/there/yet')), realHost.availableMemory()]) {
      const found = await asked;
      expect(found.ok && found.value > 1_000_000).toBe(true);
    }
    writeFileSync(join(folder, 'a'), 'x', { mode: 0o640 });
    symlinkSync('a', join(folder, 'b'));
    expect(await realHost.access(join(folder, 'a'))).toMatchObject({ value: { kind: 'file', mode: 0o640 } });
    expect(await realHost.access(join(folder, 'c'))).toEqual({ ok: true, value: undefined });
    for (const asked of [realHost.firewall(), realHost.journal()]) expect((await asked).ok).toBe(true);
  });
});
