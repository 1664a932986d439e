import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bootstrap } from '@plumbline/contracts';
import { beforeEach, describe, expect, it } from 'vitest';
import { demoEnvironment, stackFolder } from '../../../tests/support/environment.ts';
import { type MemoryFiles, memoryFiles } from '../../../tests/support/files.ts';
import { type LoadedEnvironment, loadEnvironment } from './load.ts';

const stack = '/repo/config/stacks/observability';
const own = (name: string) => `/repo/config/bootstrap.${name}`;

let files: MemoryFiles;

beforeEach(() => {
  const parts = ['stack.json', 'health_contract.json', 'secrets_policy.json'];
  files = memoryFiles({
    ...Object.fromEntries(parts.map((name) => [`${stack}/${name}`, readFileSync(join(stackFolder, name), 'utf8')])),
    [own('demo.json')]: JSON.stringify(demoEnvironment().bootstrap, null, 2),
  });
});

const load = (name: string) => loadEnvironment({ name, folder: '/repo/config' }, files);

async function loaded(name: string): Promise<LoadedEnvironment> {
  const result = await load(name);
  if (!result.ok) throw new Error(result.failure.message);
  return result.value;
}

async function problem(name: string): Promise<string> {
  const result = await load(name);
  if (result.ok) return 'accepted';
  const { code, message, place } = result.failure;
  return `${code} ${place?.file}:${place?.line}:${place?.column} ${message}`;
}

describe('an environment that extends another', () => {
  it('must merge objects, replace the rest, and remove what is null', async () => {
    const text = `{
      // what is other than in demo
      "extends": "demo",
      "ports": { "loki": 23100, },
      "labels": { "env": null, "team": "a" },
      "limits": null,
      "sources": [{ "name": "one", "root": "/a", "patterns": ["*"], "labels": { "job": "a" } }],
    }`;
    await files.write(own('ci.json'), text);
    const { environment } = await loaded('ci');
    const base = demoEnvironment().bootstrap;
    const { limits: _, ...kept } = base;
    expect(environment.bootstrap).toEqual({
      ...kept,
      ports: { ...base.ports, loki: 23100 },
      labels: { team: 'a' },
      sources: [{ name: 'one', root: '/a', patterns: ['*'], labels: { job: 'a' } }],
    });
    expect(environment).toMatchObject({ name: 'ci', file: own('ci.json'), files: [own('ci.json'), own('demo.json')] });
  });

  it('must be read from YAML, by a path, and through a chain, the nearest file first', async () => {
    await files.write(own('ci.yaml'), 'extends: ./more/base.yml\nports: {loki: 1024}\n');
    const middle = 'extends: ../bootstrap.demo.json\nports: &p {loki: 1025, alloy: 1026}\nlabels: {env: ci}\n';
    await files.write('/repo/config/more/base.yml', middle);
    const { environment } = await loaded('ci');
    expect(environment.bootstrap.ports).toMatchObject({ loki: 1024, alloy: 1026, grafana: 13000 });
    expect(environment.bootstrap.labels).toEqual({ env: 'ci' });
    expect(environment.files).toEqual([own('ci.yaml'), '/repo/config/more/base.yml', own('demo.json')]);
  });

  it('must resolve repo_root against the file that says it, and the rest against repo_root', async () => {
    await files.write('/elsewhere/bootstrap.x.json', '{"extends": "/repo/config/bootstrap.demo.json"}');
    const far = await loadEnvironment({ file: '/elsewhere/bootstrap.x.json' }, files);
    expect(far.ok && far.value.environment.paths).toMatchObject({ repo_root: '/repo', output_dir: '/repo/out' });
    const path_map: Bootstrap['path_map'] = { repo_root: '..', deploy_root: 'other' };
    await files.write('/elsewhere/a/bootstrap.x.json', JSON.stringify({ extends: own('demo.json'), path_map }));
    const moved = await loadEnvironment({ file: '/elsewhere/a/bootstrap.x.json' }, files);
    expect(moved).toMatchObject({
      failure: { code: 'E_CONFIG_NOT_FOUND', message: expect.stringContaining('/elsewhere/') },
    });
  });

  it('must have another hash as soon as any file of its chain is another', async () => {
    await files.write(own('ci.json'), '{"extends": "demo"}');
    const before = (await loaded('ci')).configSha256;
    expect((await loaded('ci')).configSha256).toBe(before);
    await files.write(own('demo.json'), `${files.text(own('demo.json'))}\n`);
    const after = (await loaded('ci')).configSha256;
    expect(after).not.toBe(before);
    await files.write(own('ci.json'), '{"extends": "demo" }');
    expect((await loaded('ci')).configSha256).not.toBe(after);
  });

  const refused: readonly (readonly [string, Record<string, string>, string])[] = [
    [
      'a file that extends itself',
      { 'a.json': '{\n  "extends": "a"\n}' },
      'E_CONFIG_CYCLE /repo/config/bootstrap.a.json:2:14 the file extends itself: bootstrap.a.json -> bootstrap.a.json',
    ],
    [
      'a circle',
      { 'a.json': '{"extends":"b"}', 'b.yaml': 'extends: c', 'c.json': '{"extends":"bootstrap.b.yaml"}' },
      'E_CONFIG_CYCLE /repo/config/bootstrap.c.json:1:12 the files extend each other in a circle: bootstrap.a.json -> bootstrap.b.yaml -> bootstrap.c.json -> bootstrap.b.yaml',
    ],
    [
      'a base that is not there',
      { 'a.json': '{"extends":"dmeo"}' },
      'E_CONFIG_NOT_FOUND /repo/config/bootstrap.a.json:1:12 extends "dmeo": no environment "dmeo"; did you mean "demo"?',
    ],
    [
      'a path that is not there',
      { 'a.json': '{"extends":"./no.json"}' },
      'E_CONFIG_NOT_FOUND /repo/config/bootstrap.a.json:1:12 extends "./no.json": cannot read /repo/config/no.json',
    ],
    [
      'extends that is no text',
      { 'a.json': '{"extends":["demo"]}' },
      'E_CONFIG_INVALID_VALUE /repo/config/bootstrap.a.json:1:12 "extends" must be',
    ],
    [
      'a wrong value of the overlay',
      { 'a.json': '{"extends":"demo",\n"ports":{"loki":80}}' },
      'E_CONFIG_INVALID_VALUE /repo/config/bootstrap.a.json:2:17 "ports.loki" must be >= 1024',
    ],
    [
      'a wrong value of the base',
      { 'a.json': '{"extends":"b"}', 'b.yaml': 'extends: demo\nports:\n  loki: 80\n' },
      'E_CONFIG_INVALID_VALUE /repo/config/bootstrap.b.yaml:3:3 "ports.loki" must be >= 1024',
    ],
    [
      'a key of the overlay that there is not',
      { 'a.json': '{"extends":"demo","portz":{}}' },
      'E_CONFIG_UNKNOWN_KEY /repo/config/bootstrap.a.json:1:19 unknown key "portz" in the document; did you mean "ports"?',
    ],
    [
      'a required key that is removed',
      { 'a.json': '{"extends":"demo",\n "engine":null}' },
      'E_CONFIG_MISSING_KEY /repo/config/bootstrap.a.json:2:11 the document has no "engine"',
    ],
    [
      'a service that the stack does not have',
      { 'a.json': '{"extends":"demo","ports":{"lokii":5000}}' },
      'E_CONFIG_UNKNOWN_KEY /repo/config/bootstrap.a.json:1:28 ports names "lokii"',
    ],
    ['null where nothing lies below', { 'a.json': '{"ports":null}' }, 'E_CONFIG_MISSING_KEY'],
    [
      'an environment that is written twice',
      { 'a.json': '{}', 'a.yml': '{}' },
      'E_CONFIG_INVALID_VALUE /repo/config/bootstrap.a.json:undefined:undefined the environment "a" is written twice',
    ],
    [
      'a path that leaves the repository',
      { 'a.json': '{"extends":"demo",\n"path_map":{"deploy_root":"../x"}}' },
      'E_CONFIG_INVALID_VALUE /repo/config/bootstrap.a.json:2:27 path_map.deploy_root: "../x" leads out of repo_root',
    ],
    [
      'a key with a meaning of its own',
      { 'a.json': '{"extends":"demo","__proto__":{"x":1}}' },
      'E_CONFIG_UNKNOWN_KEY /repo/config/bootstrap.a.json:1:19',
    ],
  ];
  it.each(refused)('must refuse %s', async (_, written, expected) => {
    for (const [name, text] of Object.entries(written)) await files.write(own(name), text);
    expect(await problem('a')).toContain(expected);
  });

  it('must take sixteen files, and no seventeenth', async () => {
    for (let n = 1; n < 16; n += 1)
      await files.write(own(`e${n}.json`), `{"extends":"${n === 1 ? 'demo' : `e${n - 1}`}"}`);
    expect(await problem('e15')).toBe('accepted');
    await files.write(own('e16.json'), '{"extends":"e15"}');
    expect(await problem('e16')).toContain('E_CONFIG_CYCLE /repo/config/bootstrap.e1.json:1:12 more than 16 files');
  });
});
