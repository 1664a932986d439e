import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Deployment, makeDeployment } from './support/deployment.ts';

let d: Deployment;
let good: string;

beforeAll(async () => {
  d = await makeDeployment();
  good = readFileSync(d.configFile, 'utf8');
});

afterEach(() => {
  rmSync(d.configFile, { recursive: true, force: true });
  writeFileSync(d.configFile, good);
});

afterAll(async () => {
  await d[Symbol.asyncDispose]();
});

const write = (content: string | Buffer) => writeFileSync(d.configFile, content);
const link = (target: string) => {
  rmSync(d.configFile);
  symlinkSync(target, d.configFile);
};
const pathMap = (more: object) => {
  const config = JSON.parse(good);
  write(JSON.stringify({ ...config, path_map: { ...config.path_map, ...more } }, null, 2));
};

const source = (root: string) => {
  const config = JSON.parse(good);
  config.sources[0].root = root;
  write(JSON.stringify(config, null, 2));
};

/** One path of the map that cannot be a directory. */
function blocked(name: string, code: string) {
  const at = (place: string) => () => pathMap({ [name]: join(d.root, place) });
  const says = (what: string) =>
    new RegExp(`path_map\\.${name}: .*${what}, and a directory is meant\\n.*json:\\d+:\\d+`);
  return [
    [`whose ${name} is a circle of links`, at('circle'), code, says('circle is a circle of symbolic links')],
    [`whose ${name} is a device`, () => pathMap({ [name]: '/dev/null' }), code, says('/dev/null is a pipe, a dev.*')],
  ] as const;
}

const cases: readonly (readonly [string, () => void, string, RegExp])[] = [
  ['cut off', () => write(good.slice(0, 200)), 'E_CONFIG_PARSE', /bootstrap\.test\.json:\d+:\d+/],
  [
    'nested ten thousand levels deep',
    () => write('{"a":'.repeat(10_000)),
    'E_CONFIG_PARSE',
    /more than 100 levels deep\n.*json:1:501/,
  ],
  [
    'a key twice',
    () => write(good.replace('"engine"', '"stack": "x",\n "engine"')),
    'E_CONFIG_PARSE',
    /"stack" is given twice/,
  ],
  ['UTF-16', () => write(Buffer.from(`\ufeff${good}`, 'utf16le')), 'E_CONFIG_NOT_TEXT', /UTF-16\n.*json:1:1/],
  [
    'Latin-1',
    () => write(Buffer.from(good.replace('"test"', '"é"'), 'latin1')),
    'E_CONFIG_NOT_TEXT',
    /0xe9.*\n.*json:\d+:\d+/,
  ],
  ['with a NUL', () => write(good.replace('"test"', '"\0"')), 'E_CONFIG_NOT_TEXT', /NUL byte\n.*json:\d+:\d+/],
  ['with a byte order mark', () => write(`\ufeff${good}`), 'E_CONFIG_NOT_TEXT', /byte order mark\n.*json:1:1/],
  ['of 100 MB', () => truncateSync(d.configFile, 100_000_000), 'E_CONFIG_PARSE', /1048576 \(1 MiB\) at most/],
  [
    'that extends itself',
    () => write('{"extends": "test"}'),
    'E_CONFIG_CYCLE',
    /bootstrap\.test\.json -> bootstrap\.test\.json\n.*json:1:13/,
  ],
  ['that extends what is not there', () => write('{"extends": "tset"}'), 'E_CONFIG_NOT_FOUND', /did you mean "test"/],
  ['a link to itself', () => link('bootstrap.test.json'), 'E_ENV_UNREADABLE', /a circle of symbolic links/],
  ['a link to a device', () => link('/dev/zero'), 'E_ENV_UNREADABLE', /a device or a socket/],
  [
    'whose deploy root leads out',
    () => pathMap({ deploy_root: '../../x' }),
    'E_CONFIG_INVALID_VALUE',
    /leads out of repo_root.*\n.*json:\d+:\d+/,
  ],
  [
    'whose deploy root is the root of the host',
    () => pathMap({ deploy_root: '/' }),
    'E_CONFIG_INVALID_VALUE',
    /holds repo_root/,
  ],
  ...(['output_dir', 'pipelines_dir', 'stacks_dir'] as const).map(
    (name) =>
      [
        `whose ${name} leads out`,
        () => pathMap({ [name]: '../x' }),
        'E_CONFIG_INVALID_VALUE',
        /leads out of repo_root.*\n.*json:\d+:\d+/,
      ] as const,
  ),
  ...(['repo_root', 'stacks_dir', 'pipelines_dir'] as const).flatMap((name) => blocked(name, 'E_ENV_UNREADABLE')),
  ...(['output_dir', 'deploy_root'] as const).flatMap((name) => blocked(name, 'E_ENV_UNWRITABLE')),
];

describe('an environment', () => {
  it.each(cases)(
    '%s must be refused once, with its place and a hint, and nothing must be deployed',
    async (_, make, code, says) => {
      rmSync(join(d.root, 'circle'), { force: true });
      symlinkSync('circle', join(d.root, 'circle'));
      make();
      const ended = await d.plumb('up');
      const said = ended.stderr + ended.stdout;
      expect(said).toContain(code);
      expect(said).toMatch(says);
      expect(said).toMatch(/hint: \S|next:|run /);
      expect(said).not.toMatch(/\n\s+at .*\(.*:\d+:\d+\)|node:internal/);
      expect(ended.code).toBe(2);
      expect(existsSync(d.deployRoot)).toBe(false);
    },
  );

  it.each([
    ['/dev/zero', 'E_ENV_UNREADABLE', /sources\.app: \/dev\/zero is a pipe, a device or a socket\n/],
    ['circle', 'E_ENV_UNREADABLE', /sources\.app: .*circle is a circle of symbolic links\n/],
    ['nowhere', 'E_CONFIG_NOT_FOUND', /sources\.app: .*nowhere does not exist\n/],
  ])('whose source is %s must be refused with its place, and nothing must be deployed', async (root, code, says) => {
    source(root);
    const { code: exit, stdout } = await d.plumb('up');
    expect(stdout).toMatch(says);
    expect(stdout).toContain(`${code} (`);
    expect(stdout).toMatch(/ at .*bootstrap\.test\.json:\d+:\d+/);
    expect(exit).toBe(2);
    expect(existsSync(join(d.deployRoot, 'current'))).toBe(false);
  });

  it('in YAML, with comments, with trailing commas, must be accepted and be the same', async () => {
    mkdirSync(join(d.root, 'config/more'));
    const shown = async () => JSON.parse((await d.plumb('config', 'show', '--json')).stdout).settings;
    const before = await shown();
    write(`// mine\n${good.replace(/\n}\s*$/, ', /* last */\n}')}`);
    expect(await shown()).toEqual(before);
    write('{"extends": "./more/all.yaml"}');
    const yaml = good.replace('"repo_root": ".."', '"repo_root": "../.."');
    writeFileSync(join(d.root, 'config/more/all.yaml'), `# YAML takes JSON\n${yaml}`);
    expect(await shown()).toEqual({ ...before, path_map: { ...before.path_map, repo_root: '../..' } });
  });
});
