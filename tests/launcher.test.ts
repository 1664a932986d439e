import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyCheckout, type Ended, start, toolFolder } from './launcher/copy.ts';

// A space and an umlaut: what a careless launcher stumbles over.
const scratch = mkdtempSync(join(tmpdir(), 'plumb fürs '));
const checkout = join(scratch, 'die kopie');
const elsewhere = join(scratch, 'elsewhere');
const link = join(elsewhere, 'plumb');
const path = toolFolder(join(scratch, 'bin'));
const main = join(checkout, 'runner/src/cli/main.ts');

const plumb = (...args: string[]): Promise<Ended> => start(link, args, { path, cwd: elsewhere });

/** When each program was built, by its path. */
function built(): Record<string, number> {
  const dirs = ['runner/dist', 'ministack/dist'].map((dir) => join(checkout, dir));
  return Object.fromEntries(
    dirs.flatMap((dir) => readdirSync(dir).map((name) => [join(dir, name), statSync(join(dir, name)).mtimeMs])),
  );
}

/** Changes a file for the time of a test. */
async function changing(file: string, text: string, check: () => Promise<void>): Promise<void> {
  const before = readFileSync(file);
  writeFileSync(file, text);
  try {
    await check();
  } finally {
    writeFileSync(file, before);
  }
}

let copied: readonly string[];
let firstUses: readonly Ended[];

beforeAll(async () => {
  copied = readdirSync(copyCheckout(checkout));
  mkdirSync(elsewhere);
  symlinkSync(join('..', 'elsewhere', 'second link'), link);
  symlinkSync(join(checkout, 'plumb'), join(elsewhere, 'second link'));
  firstUses = await Promise.all([plumb('version'), plumb('version')]);
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('the first use', () => {
  it('must install once and start both when two come at once, without pnpm or corepack', () => {
    expect(firstUses.map(({ code, stderr }) => (code === 0 ? 'ok' : stderr))).toEqual(['ok', 'ok']);
    expect(firstUses[0]?.stdout).toMatch(/\d+\.\d+\.\d+/);
    expect(firstUses[1]?.stdout).toBe(firstUses[0]?.stdout);
    const progress = firstUses.map(({ stderr }) => stderr).join('');
    expect(progress).toContain('first use: installing the pnpm that tools/pnpm pins …');
    expect(progress.match(/installing the packages|plumb: building/g)).toEqual([
      'installing the packages',
      'plumb: building',
    ]);
  });

  it('must keep all that it writes inside the folders that git ignores', () => {
    const ignored = ['.plumb', '.turbo', 'node_modules'];
    expect(readdirSync(checkout).sort()).toEqual([...copied, ...ignored].sort());
    expect(readdirSync(scratch).sort()).toEqual(['bin', 'die kopie', 'elsewhere']);
  });

  it('must be finished by the next start when it was killed', async () => {
    const killed = copyCheckout(join(scratch, 'killed'));
    const kill = (piece: string, group: number): void => {
      if (piece.includes('installing the packages')) process.kill(-group, 'SIGKILL');
    };
    const first = await start(join(killed, 'plumb'), ['version'], { path, cwd: killed, watch: kill });
    expect(first.code).toBe(null);
    const second = await start(join(killed, 'plumb'), ['version'], { path, cwd: killed });
    expect(second).toMatchObject({ code: 0, stdout: firstUses[0]?.stdout });
    expect(second.stderr).toContain('installing the packages');
    rmSync(killed, { recursive: true });
  });

  it('must refuse to begin without its tools, or where it may not write', async () => {
    const bare = copyCheckout(join(scratch, 'bare'));
    const without = (tool: string): Promise<Ended> =>
      start(join(bare, 'plumb'), ['version'], {
        path: toolFolder(join(scratch, `no-${tool}`), { without: tool }),
        cwd: bare,
      });
    for (const tool of ['node', 'npm']) {
      const { code, stderr } = await without(tool);
      expect(stderr).toMatch(
        new RegExp(
          `^error E_DEPS_TOOL_MISSING \\(deps\\): ${tool} is not on the PATH\\n {2}hint: .*apt-get.*\\n {2}docs: docs/errors/deps\\.md#e_deps_tool_missing$`,
          'm',
        ),
      );
      expect(code).toBe(2);
    }
    rmSync(join(bare, '.plumb'), { recursive: true });
    writeFileSync(join(bare, '.plumb'), 'a file in the place of the folder');
    const { code, stderr } = await start(join(bare, 'plumb'), ['version'], { path, cwd: bare });
    expect(stderr).toMatch(
      /^error E_ENV_UNWRITABLE \(env\): .*\n {2}hint: .*\n {2}docs: docs\/errors\/env\.md#e_env_unwritable\n/,
    );
    expect(code).toBe(2);
    rmSync(bare, { recursive: true });
  });
});

describe('a later start', () => {
  it('must build nothing when nothing changed that a build reads', async () => {
    const before = built();
    appendFileSync(join(checkout, 'tests/launcher.test.ts'), '// changed\n');
    appendFileSync(join(checkout, 'biome.json'), '\n');
    expect(await plumb('version')).toEqual({ ...firstUses[0], stderr: '' });
    expect(built()).toEqual(before);
  });

  it('must build again when a source changed, even if its time was put back', async () => {
    const before = built();
    const { atime, mtime } = statSync(main);
    appendFileSync(main, '// changed\n');
    utimesSync(main, atime, mtime);
    const { code, stderr } = await plumb('version');
    expect(stderr).toBe('plumb: runner/src/cli/main.ts changed: building …\n');
    expect(code).toBe(0);
    expect(built()).not.toEqual(before);
  });

  it('must build again when a source of another package came or went', async () => {
    const folders = ['contracts/src', 'runner/src/cli'];
    const added = (folder: string): string => join(checkout, folder, 'added.ts');
    for (const folder of folders) writeFileSync(added(folder), 'export {};\n');
    expect((await plumb('version')).stderr).toContain('building');
    for (const folder of folders) {
      rmSync(added(folder));
      expect((await plumb('version')).stderr).toBe(`plumb: ${folder} changed: building …\n`);
    }
    expect((await plumb('version')).stderr).toBe('');
  });

  it('must watch every folder that the workspace has packages in', () => {
    const workspace = readFileSync(join(checkout, 'pnpm-workspace.yaml'), 'utf8');
    const section = /^packages:\n((?: {2}- .*\n)+)/m.exec(workspace)?.[1] ?? '';
    const packages = [...section.matchAll(/^ {2}- (\w+)(?:\/\*)?$/gm)].map(([, folder]) => folder);
    const rooms = /^rooms='(.*)'$/m.exec(readFileSync(join(checkout, 'plumb'), 'utf8'))?.[1]?.split(' ');
    expect(packages).toContain('runner');
    expect(rooms).toEqual(expect.arrayContaining(packages));
  });

  it('must leave no file of an earlier build behind', async () => {
    const stale = join(checkout, 'runner/dist/stale.js');
    writeFileSync(stale, '');
    appendFileSync(main, '// changed again\n');
    expect((await plumb('version')).code).toBe(0);
    expect(Object.keys(built())).not.toContain(stale);
  });

  it('must refuse a source that does not build, each time, until it is mended', async () => {
    await changing(main, 'this is no program', async () => {
      for (const _ of [1, 2]) {
        const { code, stdout, stderr } = await plumb('version');
        expect(stderr).toMatch(/main\.ts.*\nerror E_RUNTIME_UNEXPECTED \(runtime\): .*\n {2}hint: .*install\.log/s);
        expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      }
    });
    expect((await plumb('version')).code).toBe(0);
  });

  it('must refuse a lock file that does not match, each time, and install when one does again', async () => {
    const manifest = join(checkout, 'runner/package.json');
    const text = readFileSync(manifest, 'utf8').replace('"ulid"', '"ulid-of-another-name"');
    await changing(manifest, text, async () => {
      for (const _ of [1, 2]) {
        const { code, stdout, stderr } = await plumb('version');
        expect(stderr).toMatch(/OUTDATED_LOCKFILE.*\nerror E_DEPS_INSTALL_FAILED \(deps\): .*\n {2}hint: /s);
        expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      }
    });
    appendFileSync(join(checkout, 'pnpm-lock.yaml'), '\n');
    const { code, stderr } = await plumb('version');
    expect(stderr).toContain('installing the packages');
    expect(code).toBe(0);
    expect((await plumb('version')).stderr).toBe('');
  });

  it('must refuse a node that is too old and take one that is not, and hand it no open lock', async () => {
    const shim = (version: string): string => `#!/bin/sh
case $1 in
  --version) echo ${version}; exit ;;
  */runner/dist/plumb.js) for fd in /proc/$$/fd/*; do case $(readlink "$fd") in */lock) echo leaked >&2 ;; esac; done ;;
esac
exec '${process.execPath}' "$@"
`;
    const with_ = (version: string): Promise<Ended> =>
      start(link, ['version'], {
        path: toolFolder(join(scratch, version), { node: shim(version) }),
        cwd: elsewhere,
      });
    for (const version of ['v18.20.8', 'v20.18.3', 'v9.0.0']) {
      const { code, stderr } = await with_(version);
      expect(stderr).toMatch(new RegExp(`^error E_DEPS_NODE_TOO_OLD \\(deps\\): .*${version}.*\\n {2}hint: .*20\\.19`));
      expect(code).toBe(2);
    }
    const { code, stderr } = await with_('v20.19.0');
    expect(stderr).toContain('another node than last time: installing');
    expect(stderr).not.toContain('leaked');
    expect(code).toBe(0);
  });
});

describe('the test door', () => {
  const planted = async (text: string): Promise<Ended> => {
    writeFileSync(join(checkout, 'tests/planted.test.ts'), `import { expect, it } from 'vitest';\n${text}`);
    return plumb('test', 'tests/planted.test.ts');
  };

  it('must end with the counts, and pass only when all that ran passed', async () => {
    const good = await planted("it('a', () => { expect(1).toBe(1); });");
    expect(good).toMatchObject({ code: 0, stdout: '1 passed, 0 failed, 0 skipped\n' });
    const bad = await planted("it('a', () => { expect(1).toBe(2); }); it('b', () => {}); it.skip('c', () => {});");
    expect(bad).toMatchObject({ code: 1, stdout: '1 passed, 1 failed, 1 skipped\n' });
    expect(bad.stderr).toContain('expected 1 to be 2');
  });

  it.each([
    ['a rejection that nobody handles', "it('a', () => { void Promise.reject(new Error('x')); });", '1 passed, 1'],
    ['a file that does not load', "import './missing.ts';", '0 passed, 1'],
    ['a file without tests', 'export {};', '0 passed, 1'],
    ['a crash', "it('a', () => new Promise(() => process.kill(process.ppid, 'SIGKILL')));", '0 passed, 1'],
  ])('must count %s as a failure', async (_, text, counts) => {
    expect(await planted(text)).toMatchObject({ code: 1, stdout: `${counts} failed, 0 skipped\n` });
  });

  it('must fail when a filter finds no test', async () => {
    const { code, stdout } = await plumb('test', 'no-such-test');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '0 passed, 1 failed, 0 skipped\n' });
  });
});
