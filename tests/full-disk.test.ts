import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  type Artifact,
  err,
  executionModes,
  type FilesPort,
  failure,
  hashOf,
  type JournalEntry,
  type Result,
  type StepContext,
  sha256,
} from '@plumbline/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { files as realFiles } from '../runner/src/adapters/files.ts';
import { apply } from '../steps/apply/src/index.ts';
import { artifactInput, makeArtifact, payload } from './support/artifact.ts';
import { expectNoTrace, expectWhole, records, tree } from './support/deploy-root.ts';
import { makeDeployment } from './support/deployment.ts';
import { demoEnvironment } from './support/environment.ts';
import { mountNamespace } from './support/mount-namespace.ts';
import { fakeEngine, fakePorts, running } from './support/ports.ts';

const writing = Object.entries(executionModes.ports.files ?? {}).flatMap(([name, effect]) =>
  effect === 'observe' ? [] : [name as keyof FilesPort],
);

type Call = (path: string, ...more: unknown[]) => Promise<Result<unknown>>;

/** The real files of this host, of which the n-th call that writes finds no space; `half` of what it was to add is there. */
function fullAt(n: number, { half }: { readonly half: boolean }): { readonly files: FilesPort; hit(): boolean } {
  let calls = 0;
  const faulty = (name: keyof FilesPort): Call => {
    const call = realFiles[name] as Call;
    return async (path, ...more) => {
      calls += 1;
      if (calls !== n) return call(path, ...more);
      if (half && name === 'append') appendFileSync(path, String(more[0]).slice(0, String(more[0]).length / 2));
      return err(
        failure('E_ENV_DISK_FULL', `cannot write ${path}: no space left on the device`, { place: { file: path } }),
      );
    };
  };
  const port = { ...realFiles, ...Object.fromEntries(writing.map((name) => [name, faulty(name)])) } as FilesPort;
  return { files: port, hit: () => calls >= n };
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plumb full disk '));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Writes an artifact with its payload into a folder of its own, as generate does. */
function generate(name: string, texts: Readonly<Record<string, string>>): { artifact: Artifact; path: string } {
  const path = join(folder, name, 'artifact.json');
  const made = makeArtifact();
  const config_sha256 = sha256(texts['loki/loki.yml'] as string);
  const store = `store/loki-${config_sha256.slice(0, 12)}`;
  const artifact = makeArtifact({
    services: {
      ...made.services,
      loki: {
        ...(made.services.loki as Artifact['services'][string]),
        store,
        config_sha256,
        service_hash: hashOf(store),
      },
    },
    files: Object.entries(texts).map(([file, text]) => ({
      path: file,
      sha256: sha256(text),
      size: text.length,
      mode: '0444' as const,
    })),
  });
  for (const [file, text] of Object.entries(texts)) {
    const at = join(dirname(path), artifact.payload_dir, file);
    mkdirSync(dirname(at), { recursive: true });
    writeFileSync(at, text);
  }
  return { artifact, path };
}

/** A host of its own: a deploy root, and an engine that runs what it is told to. */
function host(name: string) {
  const root = join(folder, name);
  mkdirSync(root);
  const engine = fakeEngine();
  const up = engine.up.bind(engine);
  const config = { ...demoEnvironment(), paths: { ...demoEnvironment().paths, deploy_root: root } };
  return {
    root,
    engine,
    async apply({ artifact, path }: ReturnType<typeof generate>, files: FilesPort = realFiles) {
      engine.up = async (service, composeFile) => {
        const done = await up(service, composeFile);
        const own = running(service, { serviceHash: artifact.services[service]?.service_hash as string });
        if (done.ok) engine.services = engine.services.map((s) => (s.service === service ? own : s));
        return done;
      };
      const input = { ...artifactInput(artifact), path };
      const context = {
        config,
        inputs: { artifact: input },
        params: {},
        mode: 'apply',
        dryRun: false,
        runId: 'r1',
        runDir: folder,
      };
      const ports = fakePorts({ files, engine });
      const result = await apply.run({
        ...context,
        ports,
        signal: new AbortController().signal,
        emit: () => undefined,
      } as StepContext);
      if (!result.ok) return { error: result.failure.code, said: '' };
      return { error: result.value.checks[0]?.error?.code, said: result.value.summary };
    },
  };
}

const JOURNAL = /^journal\.jsonl$/;

function journalLines(root: string): readonly string[] {
  return readFileSync(join(root, 'journal.jsonl'), 'utf8').trimEnd().split('\n');
}

describe('a disk that is full at the n-th write of an apply', () => {
  const first = payload;
  const second = { ...payload, 'loki/loki.yml': 'auth_enabled: true\n' };
  const cases = [
    ['a first one', [], first],
    ['a change', [first], second],
  ] as const;

  it.each(
    cases.flatMap(([what, before, wanted]) =>
      [false, true].map((half) => [what, half ? 'half a line' : 'nothing', before, wanted, half] as const),
    ),
  )(
    '%s, with %s written, must end in a clear error, leave every file whole, and be finished by the next one',
    async (_what, _left, before, wanted, half) => {
      const made = [...before, wanted].map((texts, n) => generate(`run ${n}`, texts));
      const last = made.at(-1) as (typeof made)[number];
      const clean = host('clean');
      const old: Record<string, string> = {};
      for (const one of made) {
        Object.assign(old, tree(clean.root, { without: JOURNAL }));
        expect((await clean.apply(one)).error).toBeUndefined();
      }
      const end = tree(clean.root, { without: JOURNAL });
      let n = 1;
      for (; ; n += 1) {
        const { root, engine, apply: applyHere } = host(`host ${n}`);
        for (const one of made.slice(0, -1)) await applyHere(one);
        const disk = fullAt(n, { half });
        const failed = await applyHere(last, disk.files);
        if (!disk.hit()) {
          expect(failed.error).toBeUndefined();
          break;
        }
        expect(failed.error).toBe('E_ENV_DISK_FULL');
        for (const [path, seen] of Object.entries(tree(root, { without: JOURNAL })))
          expect([old[path], end[path]], `${path} after write ${n}`).toContain(seen);
        const calls = engine.calls.length;
        expect(await applyHere(last), `after write ${n}`).toMatchObject({ error: undefined });
        expect(tree(root, { without: JOURNAL }), `after write ${n}`).toEqual(end);
        expect(engine.services.map((s) => s.service).sort()).toEqual(['alloy', 'loki']);
        // What was started before the disk was full is not started again.
        expect(engine.calls.filter((call) => call.startsWith('up ')).length, engine.calls.slice(calls).join()).toBe(
          before.length === 0 ? 2 : 3,
        );
        const torn = journalLines(root).filter((line) => !isWhole(line));
        expect(torn.length).toBeLessThanOrEqual(half ? 1 : 0);
        expect((await applyHere(last)).said).toMatch(/^nothing changed/);
      }
      expect(n).toBeGreaterThan(12);
    },
  );
});

function isWhole(line: string): boolean {
  try {
    return typeof (JSON.parse(line) as JournalEntry).run === 'string';
  } catch {
    return false;
  }
}

describe('a disk that is really full', () => {
  it('must end each run with a clear error and leave each document whole, and be deployed to when there is room', async () => {
    await using d = await makeDeployment();
    await using here = await mountNamespace(d);
    const out = join(d.root, 'out');
    mkdirSync(out);
    // Enough for a lock; for preflight to look; for generate to write; and, anew, for apply to start some of the services.
    for (const [size, anew] of [
      ['4k', true],
      ['16k', false],
      ['64k', false],
      ['320k', true],
    ] as const) {
      if (anew) await here.sh('umount "$2" 2>/dev/null || true; mount -t tmpfs -o size="$1" none "$2"', size, out);
      else await here.sh('mount -t tmpfs -o remount,size="$1" none "$2"', size, out);
      const { code, stdout, stderr } = await here.plumb('up');
      expect(stderr).toMatch(/^error E_ENV_DISK_FULL \(env\): .*: no space left on the device\n +at .*\n +hint: \S/m);
      expect(code).toBe(2);
      expectNoTrace(stdout + stderr);
      expectWhole(here.outside(out));
      expect(Object.keys(tree(here.outside(out))).filter((path) => path.endsWith('.new'))).toEqual([]);
    }
    await here.sh('mount -t tmpfs -o remount,size=1g none "$1"', out);
    expect((await here.plumb('up')).code).toBe(0);
    expect((await here.plumb('up')).stdout).toMatch(/nothing changed: all 6 services run/);
    expectWhole(here.outside(out));
    // The runs that could not record themselves are recorded by the next one.
    const statuses = records(here.outside(d.root)).map(({ status, recovered }) => `${status} ${recovered ?? false}`);
    expect(statuses).toEqual(['crashed true', 'green false', 'green false']);
    expect((await here.plumb('down')).code).toBe(0);
  });

  it('must be told of by the adapter, which adds all of a line or nothing, and keeps a directory that it was to replace', async () => {
    await using d = await makeDeployment();
    await using here = await mountNamespace(d);
    await here.sh('mount -t tmpfs -o size=64k none "$1"', d.logs);
    const at = (name: string) => join(here.outside(d.logs), name);
    const full = { ok: false, failure: { code: 'E_ENV_DISK_FULL', evidence: { errno: 'ENOSPC' } } };
    const big = 'x'.repeat(100_000);
    const small = new Map([['file', Buffer.from('small')]]);
    expect(await realFiles.append(at('lines'), 'a line\n')).toMatchObject({ ok: true });
    expect(await realFiles.writeDirectory(at('folder'), small)).toMatchObject({ ok: true });
    expect(await realFiles.append(at('lines'), `${big}\n`)).toMatchObject(full);
    expect(await realFiles.write(at('file'), big)).toMatchObject(full);
    expect(await realFiles.replaceDirectory(at('folder'), new Map([['file', Buffer.from(big)]]))).toMatchObject(full);
    expect(Object.keys(tree(here.outside(d.logs)))).toEqual(['folder', 'folder/file', 'lines']);
    expect(await realFiles.append(at('lines'), 'another\n')).toMatchObject({ ok: true });
    expect(readFileSync(at('lines'), 'utf8')).toBe('a line\nanother\n');
    expect(readFileSync(at('folder/file'), 'utf8')).toBe('small');
    const other = new Map([['other', Buffer.from('small')]]);
    expect(await realFiles.replaceDirectory(at('folder'), other)).toMatchObject({ ok: true });
    expect(Object.keys(tree(at('folder')))).toEqual(['other']);
    await here.sh('umount "$1" && mount -t tmpfs -o nr_inodes=3 none "$1"', d.logs);
    expect(await realFiles.makeDirectory(at('a/b'))).toMatchObject({ ok: true });
    expect(await realFiles.makeDirectory(at('a/b'))).toMatchObject({ ok: true });
    expect(await realFiles.makeDirectory(at('a/c/d'))).toMatchObject(full);
    expect(await realFiles.write(at('a/c/file'), 'small')).toMatchObject(full);
  });
});
