import { err, failure, ok, type SecretFile } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import type { MemoryFiles } from './support/files.ts';
import { digest, identity, imagesLock } from './support/images.ts';
import { fakeEngine, fakeSecrets } from './support/ports.ts';
import {
  type Change,
  check,
  deploy,
  pipeline,
  put,
  putOdd,
  run,
  store,
  templates,
  wrong,
} from './support/preflight.ts';
import { runtimeFacts } from './support/runtime.ts';

const names =
  'lock config schema_version path_map engine runtime tools ports images image_tags image_lock desired_state drift secrets firewall journal interactive mode resources';

const lock = '/repo/config/images.lock.json';
const down = '/repo/config/pipelines/down.json';
const notText = (path: string) => (files: MemoryFiles) => void files.content.set(path, Uint8Array.from([0x7b, 0xff]));
const secretFile = `${deploy}/secrets/grafana/v1/admin_password`;
/** A deployed secret, its file as it should be but for the change. */
const withSecret = (change: Partial<SecretFile> = {}): Change => {
  const folder = { mode: 0o700, uid: 1000 };
  const file: SecretFile = { kind: 'file', mode: 0o400, uid: 1000, folder, value: 'Zk3x9', ...change };
  return {
    files: put(secretFile, 'not read from here'),
    ports: { secrets: { ...fakeSecrets, look: async () => ok(file) } },
  };
};
const script = (text: string) => (files: MemoryFiles) => {
  put('/repo/scripts/ask.sh', text)(files);
  put('/repo/config/pipelines/mine.json', pipeline('mine', { id: 'ask', run: ['bash', 'scripts/ask.sh'] }))(files);
};

describe('preflight', () => {
  it('must make every check of seed 002, each with an id of its own, and pass on a good host', async () => {
    const { checks } = await run(withSecret());
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
      'a pipeline that is no JSON',
      'config fail E_CONFIG_PARSE',
      { files: put(down, '{\n  "name": "down"\n  "steps": []\n}') },
      /^down\.json: comma expected/,
    ],
    [
      'a pipeline with a misspelt key',
      'config fail E_CONFIG_UNKNOWN_KEY',
      { files: put(down, pipeline('down', { id: 'a', use: 'cleanup' })) },
      /^down\.json: unknown key "use" in "steps\.0"; did you mean "uses"\?/,
    ],
    [
      'a pipeline without its name',
      'config fail E_CONFIG_MISSING_KEY',
      { files: put(down, '{"schema_version": "1", "description": "a test", "steps": [{"id": "a"}]}') },
      /^down\.json: the document has no "name"/,
    ],
    [
      'a pipeline of another name than its file',
      'config fail E_CONFIG_INVALID_VALUE',
      { files: put(down, pipeline('up')) },
      /^down\.json: the pipeline calls itself "up"/,
    ],
    [
      'a pipeline of another schema version',
      'config fail E_CONFIG_SCHEMA_VERSION',
      { files: put(down, pipeline('down').replace('"1"', '"7"')) },
      /^down\.json: "schema_version" is "7"/,
    ],
    [
      'a pipeline that is no text',
      'config fail E_CONFIG_NOT_TEXT',
      { files: notText(down) },
      /^down\.json: .*is not plain UTF-8/,
    ],
    [
      'a canonical file that is a link to nothing',
      'desired_state fail E_CONFIG_NOT_FOUND',
      { files: putOdd(`${templates}/alloy.j2`, 'gone.j2') },
      /templates\/alloy\.j2 is a symbolic link to gone\.j2, where nothing is/,
    ],
    [
      'a canonical file that is a pipe',
      'desired_state fail E_CONFIG_NOT_FOUND',
      { files: putOdd(`${templates}/compose.yml.j2`) },
      /templates\/compose\.yml\.j2 is a pipe, a device or a socket/,
    ],
    [
      'a pipeline that is a pipe',
      'desired_state fail E_CONFIG_NOT_FOUND',
      { files: putOdd('/repo/config/pipelines/mine.json') },
      /pipelines\/mine\.json is a pipe/,
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
      'a runtime that is not what the stack requires',
      'runtime fail E_RUNTIME_INCOMPATIBLE',
      { engine: { probe: async () => runtimeFacts({ apiVersion: ok('1.40') }) } },
      /min_api_version: 1\.41 or newer is wanted, 1\.40 was found/,
    ],
    [
      'a tool that is not there',
      'tools fail E_DEPS_TOOL_MISSING',
      { engine: { tools: ['docker'] }, host: { which: async (t) => ok(t === 'docker' ? undefined : `/bin/${t}`) } },
      /not on the PATH: docker/,
    ],
    [
      'an image that is not to be had',
      'images fail E_DEPS_IMAGE_MISSING',
      { engine: { image: async (i) => ok(i.includes('loki') ? 'missing' : 'here') } },
      /grafana\/loki/,
    ],
    [
      'an image that is not here, and that nobody may be asked for',
      'images fail E_DEPS_IMAGE_MISSING',
      {
        bootstrap: { offline_mode: true },
        engine: {
          image: async (i) => ok(i.includes('loki') ? 'missing' : 'here'),
          identity: async (i) => ok(i.includes('loki') ? undefined : identity()),
        },
      },
      /offline_mode forbids to pull: grafana\/loki/,
    ],
    [
      'an image for another machine',
      'images fail E_DEPS_IMAGE_PLATFORM',
      {
        engine: { identity: async () => ok(identity({ platform: 'linux/arm64', runsHere: false })) },
        files: (files) => void files.content.delete(lock),
      },
      /is for linux\/arm64/,
    ],
    [
      'an image that is not the locked one',
      'image_lock fail E_PROOF_IMAGE_MISMATCH',
      { engine: { identity: async (i) => ok(identity(i.includes('loki') ? { configDigest: digest('b') } : {})) } },
      /grafana\/loki:3\.0\.0 here is sha256:bbbbbbbbbbbb, and images\.lock\.json locks sha256:aaaaaaaaaaaa/,
    ],
    [
      'a lock that lacks a pin',
      'image_lock fail E_CONFIG_IMAGES_UNLOCKED',
      { files: put(lock, JSON.stringify(imagesLock('grafana/loki:3.0.0'))) },
      /nothing for grafana\/alloy/,
    ],
    ['a lock that is none', 'image_lock fail E_CONFIG_PARSE', { files: put(lock, '{') }, /./],
    [
      'a registry that does not answer',
      'images unknown E_NETWORK_UNREACHABLE',
      { engine: { image: async () => err(failure('E_NETWORK_UNREACHABLE', 'no route to the registry')) } },
      /no route/,
    ],
    [
      'an image without an exact tag',
      'image_tags fail E_CONFIG_IMAGE_NOT_PINNED',
      {
        bootstrap: { image_pins: { loki: 'localhost:5000/loki', alloy: 'grafana/alloy:latest' } },
        files: (files) => void files.content.delete(lock),
      },
      /loki \(localhost:5000\/loki\), alloy/,
    ],
    [
      'a deployed file that was edited',
      'drift fail E_PROOF_DRIFT_RENDERED',
      { mode: 'diagnose', files: (f) => void f.content.set(`${store}/loki.yml`, new Uint8Array([1])) },
      /store\/loki-0123456789ab\/loki\.yml/,
    ],
    [
      'a deployed file that is a pipe now',
      'drift fail E_PROOF_DRIFT_RENDERED',
      { mode: 'diagnose', files: putOdd(`${store}/loki.yml`) },
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
      withSecret({ mode: 0o644 }),
      /admin_password may be read by others: mode 644/,
    ],
    [
      'a secret of another user',
      'secrets fail E_ENV_SECRETS_EXPOSED',
      withSecret({ uid: 7 }),
      /belongs to user 7, not to 1000/,
    ],
    [
      'a secret in an open directory',
      'secrets fail E_ENV_SECRETS_EXPOSED',
      withSecret({ folder: { mode: 0o755, uid: 1000 } }),
      /directory that is open to others: mode 755/,
    ],
    [
      'secrets in a directory that others may write',
      'secrets fail E_ENV_SECRETS_EXPOSED',
      {
        ...withSecret(),
        host: { access: async () => ok({ kind: 'directory', mode: 0o775, uid: 1000, writable: true }) },
      },
      /secrets\/grafana may be written by others: mode 775/,
    ],
    [
      'a secret of an example',
      'secrets fail E_CONFIG_SECRET_PLACEHOLDER',
      withSecret({ value: 'CHANGE_ME' }),
      /example/,
    ],
    ['a secret that is empty', 'secrets fail E_CONFIG_SECRET_PLACEHOLDER', withSecret({ value: '' }), /is empty/],
    [
      'a secret that is a link, or a pipe',
      'secrets fail E_ENV_SECRETS_EXPOSED',
      withSecret({ kind: 'other' }),
      /admin_password is no file of its own/,
    ],
    [
      'a secret that somebody writes',
      'secrets fail E_ENV_SECRET_CHANGED',
      withSecret({ changed: 'was changed while it was read' }),
      /was changed while it was read/,
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
      'a script that asks, and the flag that lets it',
      'interactive warn E_CONFIG_INTERACTIVE',
      { interactive: true, files: script('#!/bin/bash\nread -p "sure? " x\nsudo reboot\n') },
      /allowed by --interactive yes.*scripts\/ask\.sh:2:1 read -p; scripts\/ask\.sh:3:1 sudo without -n/,
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

  it.each([
    ['engine', {}],
    ['runtime', {}],
    ['images', {}],
    ['image_lock', { files: (files: MemoryFiles) => void files.content.delete(lock) }],
    ['firewall', { bootstrap: { checks: {} } }],
    ['journal', { bootstrap: { checks: { journal: false } } }],
    ['secrets', {}],
  ] as const)('must skip %s, with the reason, where it is not asked for', async (name, change) => {
    const ports = ['engine', 'runtime', 'images'].includes(name) ? { ports: { engine: fakeEngine() } } : {};
    const found = check((await run({ ...change, ...ports })).checks, name);
    expect(found.verdict).toBe('skipped');
    expect(found.summary).not.toBe('');
  });

  it('must only warn of a runtime that does not fit where that is the policy', async () => {
    const engine = { probe: async () => runtimeFacts({ apiVersion: ok('1.40') }) };
    const found = check((await run({ engine, bootstrap: { runtime_policy: 'warn' } })).checks, 'runtime');
    expect(found).toMatchObject({ verdict: 'warn', error: { code: 'E_RUNTIME_INCOMPATIBLE' } });
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
