import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { taxonomy } from '../contracts/src/index.ts';
import { callerOf, isSource, printedCodes } from './support/raised-codes.ts';

const root = join(import.meta.dirname, '..');
const codes = Object.keys(taxonomy.errors);
const waiting = Object.keys(JSON.parse(readFileSync(join(root, 'scripts/waiting-codes.json'), 'utf8')));

const rooms = ['contracts', 'formats', 'ministack', 'runner', 'steps'];

/** What raises codes: the sources, and the launcher. */
function sources(): readonly string[] {
  const skipped = /(^|\/)(node_modules|dist|generated)\/|\.test\.ts$/;
  const paths = rooms.flatMap((room) =>
    readdirSync(join(root, room), { recursive: true, encoding: 'utf8' }).map((path) => join(room, path)),
  );
  const wanted = paths.filter((path) => path.endsWith('.ts') && !skipped.test(path));
  return [...wanted, 'plumb'].map((path) => readFileSync(join(root, path), 'utf8'));
}

it('must have no code that nothing raises', () => {
  const texts = sources();
  const unraised = codes.filter((code) => !texts.some((text) => new RegExp(`\\b${code}\\b`).test(text)));
  expect(unraised).toEqual(waiting);
});

// The gate itself runs after all tests of `./plumb test`, over what they raised.
describe('the gate over the codes that tests raise', () => {
  /** What the gate says of a run that raised these. */
  function gate(raised: readonly string[]) {
    const folder = mkdtempSync(join(tmpdir(), 'plumb codes '));
    try {
      const list = join(folder, 'raised');
      if (raised.length > 0) writeFileSync(list, raised.map((code) => `${code}\n`).join(''));
      const args = [join(root, 'scripts/raised-codes.mjs'), list];
      const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
      return { status, said: stderr.trimEnd() };
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  const due = codes.filter((code) => !waiting.includes(code));

  it('must pass where each was raised, more than once or not', () => {
    expect(gate([...due, ...due.slice(0, 3)])).toEqual({ status: 0, said: '' });
  });

  it('must name the one that none raised', () => {
    const missing = due.at(7) as string;
    const others = due.filter((code) => code !== missing);
    expect(gate(others)).toEqual({ status: 1, said: `${missing} is raised by no test` });
  });

  it('must name all where no test ran', () => {
    const { status, said } = gate([]);
    expect(status).toBe(1);
    expect(said.split('\n')).toEqual(due.map((code) => `${code} is raised by no test`));
  });

  it.each(waiting)('must refuse %s as waiting once it is raised', (code) => {
    const said = `${code} is raised: take it out of scripts/waiting-codes.json`;
    expect(gate([...due, code])).toEqual({ status: 1, said });
  });
});

describe('a code that is raised', () => {
  const frames = (...files: readonly string[]) =>
    ['Error', ...files.map((file) => `    at made (${file}:1:2)`)].join('\n');
  const own = ['/a b/tests/support/raised-codes.ts', '/a b/contracts/src/failure.ts'];

  it('must be that of who called failure', () => {
    expect(callerOf(frames(...own, '/a b/steps/apply/src/plan.ts', '/a b/tests/x.test.ts'))).toBe(
      '/a b/steps/apply/src/plan.ts',
    );
    expect(callerOf(`${frames(...own)}\n    at file:///a/runner/src/x.ts:1:2`)).toBe('/a/runner/src/x.ts');
    expect(callerOf(`${frames(...own)}\n    at async Promise.all (index 0)`)).toBe(undefined);
  });

  it.each([
    ['steps/apply/src/plan.ts', true],
    ['runner/src/adapters/files.ts', true],
    ['steps/apply/src/plan.test.ts', false],
    ['tests/support/ports.ts', false],
    ['ministack/src/loki/testing-process.ts', false],
    ['../elsewhere/plan.ts', false],
  ])('must count where a source made it, and not where a test did: %s', (path, expected) => {
    expect(isSource(path)).toBe(expected);
  });

  it.each([
    ['error E_CONFIG_PARSE (config): comma expected\n  hint: …', ['E_CONFIG_PARSE']],
    ['{"error":{"code":"E_ENV_LOCKED","bucket":"env"}}', ['E_ENV_LOCKED']],
    ['  E_ENV_LOCKED (env): m\n  "code": "E_CONFIG_PARSE"', ['E_ENV_LOCKED', 'E_CONFIG_PARSE']],
    ['"errors": ["E_CONFIG_PARSE", "E_ENV_LOCKED"], see E_CONFIG_CYCLE', []],
  ])('must be read from what is printed of an error, and from nothing else: %s', (text, expected) => {
    expect(printedCodes(text)).toEqual(expected);
  });
});
