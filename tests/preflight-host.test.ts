import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DesiredState } from '@plumbline/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { files } from '../runner/src/adapters/files.ts';
import { host as realHost } from '../runner/src/adapters/host.ts';
import { takeLock } from '../runner/src/adapters/lock.ts';
import type { NoFile } from '../steps/preflight/src/observation.ts';
import { demoEnvironment } from './support/environment.ts';
import { fakeHost } from './support/ports.ts';
import { type Change, check, deploy, pipeline, run, wrong } from './support/preflight.ts';

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
    symlinkSync('good', join(folder, 'link'));
    const link = await run(at(join(folder, 'link')));
    expect(wrong(link.checks)).toEqual(['path_map fail E_ENV_UNWRITABLE']);
    expect(check(link.checks, 'path_map').error?.message).toContain('is a link');
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

  it('must say what is no file among the canonical files, and read none of it', async () => {
    const stack = join(folder, 'config/stacks/observability');
    const pipelines = join(folder, 'config/pipelines');
    for (const made of [stack, pipelines]) mkdirSync(made, { recursive: true });
    const file = join(folder, 'config/bootstrap.test.json');
    writeFileSync(file, '{}');
    const { paths } = demoEnvironment();
    const environment = {
      file,
      files: [file],
      paths: { ...paths, repo_root: folder, stacks_dir: join(folder, 'config/stacks'), pipelines_dir: pipelines },
    };
    const change: Change = { environment, ports: { files } };
    writeFileSync(join(folder, 'up.json'), pipeline('up'));
    symlinkSync('../../up.json', join(pipelines, 'up.json'));
    const good = await run(change);
    expect(wrong(good.checks)).toEqual([]);
    expect(check(good.checks, 'config').evidence.pipelines).toEqual(['up']);
    expect((good.outputs.desired_state as DesiredState).files.map(({ path }) => path)).toContain(
      'config/pipelines/up.json',
    );
    execFileSync('/usr/bin/mkfifo', [join(pipelines, 'pipe.json'), join(stack, 'pipe.j2')]);
    symlinkSync('pipe.json', join(pipelines, 'to-pipe.json'));
    symlinkSync('/dev/zero', join(stack, 'endless.j2'));
    symlinkSync('gone', join(stack, 'gone.j2'));
    symlinkSync('..', join(stack, 'folder.j2'));
    symlinkSync('circle.j2', join(stack, 'circle.j2'));
    const { checks, outputs } = await run(change);
    expect(wrong(checks)).toEqual(['desired_state fail E_CONFIG_NOT_FOUND']);
    const { error, evidence } = check(checks, 'desired_state');
    expect(error?.place).toBe(join(stack, 'circle.j2'));
    expect((evidence.missing as readonly NoFile[]).map(({ path }) => path)).toEqual([
      'config/stacks/observability/circle.j2',
      'config/stacks/observability/endless.j2',
      'config/stacks/observability/folder.j2',
      'config/stacks/observability/gone.j2',
      'config/stacks/observability/pipe.j2',
      'config/pipelines/pipe.json',
      'config/pipelines/to-pipe.json',
    ]);
    expect(outputs).toEqual({});
  });
});
