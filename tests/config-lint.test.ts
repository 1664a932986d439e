import { spawn } from 'node:child_process';
import { chmodSync, lstatSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pathMapRule } from '../runner/src/environment/lint-paths.ts';
import { semanticRules } from '../runner/src/lint/rules.ts';
import { schemaRules } from '../runner/src/lint/schema.ts';
import { type Deployment, ended, makeDeployment } from './support/deployment.ts';
import type { Loose } from './support/lint.ts';

const program = join(import.meta.dirname, '../runner/dist/plumb.js');

/** A finding as --json has it. */
interface Told {
  readonly rule: string;
  readonly code: string;
  readonly place: { readonly line: number; readonly column: number };
  readonly patch?: unknown;
}

let d: Deployment;
let whole: string;

beforeAll(async () => {
  d = await makeDeployment();
  whole = readFileSync(d.configFile, 'utf8');
});

beforeEach(() => writeFileSync(d.configFile, whole));

afterAll(async () => {
  await d[Symbol.asyncDispose]();
});

const broken = () =>
  whole
    .replace('{', '{\n  // the project of the tests')
    .replace(/"loki": \d+,/, '"loki": 80, // the store')
    .replace('"stack"', '"stac"');

describe('config lint', () => {
  it('must accept a whole configuration', async () => {
    const ended = await d.plumb('config', 'lint');
    expect(ended.stdout).toContain('nothing to mend');
    expect(ended.code).toBe(0);
  });

  it('must tell all that is wrong, each with its place and patch, and change nothing', async () => {
    writeFileSync(d.configFile, broken());
    const ended = await d.plumb('config', 'lint', '--json');
    expect(ended.code).toBe(2);
    const { findings, file } = JSON.parse(ended.stdout);
    expect(file).toBe(d.configFile);
    expect(findings).toMatchObject([
      { rule: 'unknown-key', code: 'E_CONFIG_UNKNOWN_KEY', severity: 'error', patch: [{ op: 'move', path: '/stack' }] },
      { rule: 'port-range', code: 'E_CONFIG_INVALID_VALUE', patch: [{ op: 'replace', path: '/ports/loki' }] },
    ]);
    const line =
      broken()
        .split('\n')
        .findIndex((text) => text.includes('"loki": 80')) + 1;
    expect(findings[1].place).toMatchObject({ file: d.configFile, line, pointer: '/ports/loki' });
    expect(readFileSync(d.configFile, 'utf8')).toBe(broken());
  });

  it('must mend what --fix names, and keep comments, order, permissions and a link', async () => {
    const target = join(d.root, 'elsewhere/real.json');
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, broken());
    chmodSync(target, 0o640);
    const link = join(d.root, 'config/bootstrap.linked.json');
    symlinkSync(target, link);
    const ended = await d.plumb('config', 'lint', link, '--fix', 'port-range,unknown-key');
    expect(ended.code).toBe(0);
    expect(ended.stdout).toMatch(/fixed port-range: ports: loki is 80.*\n {2}patch: \[\{"op":"replace"/);
    const after = readFileSync(target, 'utf8');
    const port = /"loki": (\d+), \/\/ the store/.exec(after)?.[1];
    expect(after).toBe(broken().replace('"stac"', '"stack"').replace('"loki": 80', `"loki": ${port}`));
    expect(statSync(target).mode & 0o777).toBe(0o640);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
  });

  it('must end with 1 where there are warnings only, and leave what no patch was asked for', async () => {
    writeFileSync(d.configFile, whole.replace(/"plumbline-test-/, '"plumbline_test-'));
    const ended = await d.plumb('config', 'lint', '--fix', 'retention');
    expect(ended.stdout).toContain('warning project-name');
    expect(ended.code).toBe(1);
    expect(readFileSync(d.configFile, 'utf8')).toContain('plumbline_test-');
  });

  it('must warn of a port that another program holds, and name it', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(d.ports.loki, '127.0.0.1', () => resolve());
    });
    try {
      const ended = await d.plumb('config', 'lint');
      expect(ended.stdout).toMatch(/warning port-free E_RUNTIME_PORT_CONFLICT: .*in use by .+ \(process \d+\)/);
      expect(ended.code).toBe(1);
    } finally {
      await new Promise((resolve) => {
        server.close(resolve);
      });
    }
  });

  const refused: readonly (readonly [string, readonly string[], number, string])[] = [
    [
      'a rule that there is not',
      ['--fix', 'port-rang'],
      64,
      'E_CONFIG_USAGE (config): --fix port-rang: there is no such rule; did you mean "port-range"?',
    ],
    ['a file that there is not', ['none.json'], 2, 'E_CONFIG_NOT_FOUND'],
    ['what is longer than 1 MiB', ['long.json'], 2, '(1 MiB) at most'],
    ['a folder', ['/'], 2, 'E_ENV_UNREADABLE'],
  ];
  it.each(refused)('must refuse %s', async (_, args, code, says) => {
    writeFileSync(join(d.root, 'long.json'), `{}${' '.repeat(1024 * 1024)}`);
    const ended = await d.plumb('config', 'lint', ...args);
    expect(ended.stderr).toContain(says);
    expect(ended.code).toBe(code);
  });

  describe('of an environment that several files say', () => {
    const overlay = () => join(d.root, 'config/bootstrap.over.yaml');
    const findings = async (...args: string[]) => {
      const ended = await d.plumb('config', 'lint', ...args, '--json');
      return { ...ended, found: JSON.parse(ended.stdout).findings };
    };

    it('must accept a whole one, YAML or not', async () => {
      writeFileSync(overlay(), 'extends: test\nlabels: {team: ops}\n');
      expect(await findings(overlay())).toMatchObject({ code: 0, found: [] });
    });

    it('must place each finding in the file and line, the flag or the variable that says so, without a patch', async () => {
      writeFileSync(d.configFile, whole.replace('"demo"', '"Demo"').replace(/"loki": \d+,/, '"loki": 80,'));
      writeFileSync(overlay(), 'extends: test\n\nports:\n  alloy: 81\n');
      const line =
        readFileSync(d.configFile, 'utf8')
          .split('\n')
          .findIndex((text) => text.includes('"loki": 80')) + 1;
      const { code, found } = await findings(overlay(), '--set', 'ports.grafana=82');
      expect(code).toBe(2);
      const ports = found.filter(({ rule }: { rule: string }) => rule === 'port-range');
      expect(
        ports.map(({ place }: { place: { file: string; line?: number } }) => [place.file, place.line]).sort(),
      ).toEqual(
        [
          [d.configFile, line],
          [overlay(), 4],
          ['--set ports.grafana', undefined],
        ].sort(),
      );
      expect(JSON.stringify(found)).not.toContain('"patch"');
    });

    it('must refuse --fix, and say of which files it is', async () => {
      writeFileSync(overlay(), 'extends: test\n');
      for (const args of [[overlay()], ['--set', 'ports.loki=80']]) {
        const before = readFileSync(d.configFile, 'utf8');
        const ended = await d.plumb('config', 'lint', ...args, '--fix', 'all');
        expect(ended.stderr).toContain('--fix changes one whole JSON file');
        expect(ended.code).toBe(64);
        expect(readFileSync(d.configFile, 'utf8')).toBe(before);
      }
    });
  });

  it('must tell of a path map that up would refuse, every path of it', async () => {
    writeFileSync(
      d.configFile,
      whole.replace('"out/deploy/test"', '"../away"').replace('"output_dir": "out"', '"output_dir": "../out"'),
    );
    const ended = await d.plumb('config', 'lint');
    for (const name of ['output_dir', 'deploy_root'])
      expect(ended.stdout).toMatch(
        new RegExp(`error path-map E_CONFIG_INVALID_VALUE: path_map.${name}: .* leads out of repo_root`),
      );
    expect(ended.code).toBe(2);
  });

  it('must tell of what stands in the place of a directory, at its line and without a patch', async () => {
    symlinkSync('circle', join(d.root, 'circle'));
    const map = { output_dir: '/dev/null', deploy_root: '/dev/null/x', pipelines_dir: 'circle' };
    d.configure((config) => Object.assign(config.path_map, map));
    const text = readFileSync(d.configFile, 'utf8').split('\n');
    const { stdout, code } = await d.plumb('config', 'lint', '--json');
    const found = JSON.parse(stdout).findings.map(({ rule, code, place, patch }: Told) => [
      rule,
      code,
      text[place.line - 1]?.slice(place.column - 1).replace(',', ''),
      patch,
    ]);
    expect(found.sort()).toEqual([
      ['path-map', 'E_ENV_UNREADABLE', '"circle"', undefined],
      ['path-map', 'E_ENV_UNWRITABLE', '"/dev/null"', undefined],
      ['path-map', 'E_ENV_UNWRITABLE', '"/dev/null/x"', undefined],
    ]);
    expect(code).toBe(2);
    expect((await d.plumb('config', 'show')).stderr).toContain('E_ENV_UNWRITABLE');
  });

  it('must resolve paths as the loader does: repo_root of a flag is of the current directory', async () => {
    const args = ['--config', 'config/bootstrap.demo.json', '--set', 'path_map.repo_root=.'];
    const found = await Promise.all(
      ['show', 'lint'].map((verb) =>
        ended(spawn(process.execPath, [program, 'config', verb, ...args], { cwd: d.root })),
      ),
    );
    expect(found[0]?.stdout).toContain(join(d.root, 'config/stacks'));
    expect(found[0]?.code).toBe(0);
    expect(found[1]?.stdout).not.toContain('error');
  });

  describe('of secrets', () => {
    const planted: readonly (readonly [string, (config: Loose) => unknown, readonly string[]])[] = [
      ['by a redaction rule', (c) => (c.labels = { note: 'Bearer SENTINELbearer CHANGE_ME' }), []],
      ['that are deployed', (c) => (c.labels = { note: 'SENTINEL-deployed CHANGE_ME' }), []],
      [
        'that are deployed elsewhere',
        (c) => (c.labels = { note: 'SENTINEL-elsewhere CHANGE_ME' }),
        ['--set', 'path_map.deploy_root=elsewhere'],
      ],
      ['in a path', (c) => (c.sources = [{ ...c.sources[0], root: '../../x?token=SENTINELtoken' }]), []],
      ['where the stack is none', (c) => Object.assign(c, { stack: 'Bearer SENTINELstack', profile: 'x' }), []],
      ['below a key', (c) => Object.assign(c, { profile: 'SENTINELdeep', secrets: { a: { b: 'SENTINELdeep' } } }), []],
      ['in a chain that breaks off', (c) => Object.assign(c, { extends: './token=SENTINELchain' }), []],
    ];
    it.each(planted)('must show none %s, and neither must the refusal', async (_, change, args) => {
      for (const [root, secret] of [
        ['out/deploy/test', 'SENTINEL-deployed'],
        ['elsewhere', 'SENTINEL-elsewhere'],
      ] as const) {
        const folder = join(d.root, root, 'secrets/grafana/1');
        mkdirSync(folder, { recursive: true });
        writeFileSync(join(folder, 'admin_password'), `${secret}\n`);
      }
      const config = JSON.parse(whole);
      change(config);
      writeFileSync(d.configFile, JSON.stringify(config, null, 2));
      const verbs = [
        ['config', 'lint'],
        ['config', 'lint', '--json'],
        ['config', 'show'],
        ['plan', '--json'],
      ];
      const said = await Promise.all(verbs.map((verb) => d.plumb(...verb, ...args)));
      expect(said.map(({ code }) => code)).toEqual([2, 2, 2, 2]);
      for (const { stdout, stderr } of said) expect(stdout + stderr).not.toContain('SENTINEL');
      for (const { stdout, stderr } of said.slice(0, 2)) expect(stdout + stderr).toContain('REDACTED');
    });
  });

  it.each([
    ['no JSON', '{,', 'E_CONFIG_PARSE'],
    ['no object', '[1]', 'E_CONFIG_INVALID_VALUE'],
    ['what extends a file that there is not', '{ "extends": "dmeo" }', 'E_CONFIG_NOT_FOUND'],
  ])('must refuse %s with its place', async (_, text, code) => {
    writeFileSync(d.configFile, text);
    const ended = await d.plumb('config', 'lint');
    expect(ended.stderr).toMatch(new RegExp(`${code} .*\\n {2}at .*bootstrap.test.json:1:`));
    expect(ended.code).toBe(2);
  });
});

it('must name in docs/lint.md every rule as it is, and no other', () => {
  const text = readFileSync(join(import.meta.dirname, '../docs/lint.md'), 'utf8');
  const rows = text.split('\n').filter((line) => line.startsWith('| `'));
  expect(rows).toEqual(
    [...schemaRules, ...semanticRules, pathMapRule].map(
      ({ id, severity, code, summary }) => `| \`${id}\` | ${severity} | \`${code}\` | ${summary} |`,
    ),
  );
});
