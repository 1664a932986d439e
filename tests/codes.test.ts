import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { taxonomy } from '../contracts/src/index.ts';

const root = join(import.meta.dirname, '..');

/** Codes that none of these texts names. A code in a table of all codes is not a test of it: only this file reads the taxonomy. */
function unraised(codes: readonly string[], tests: readonly string[]): readonly string[] {
  return codes.filter((code) => !tests.some((text) => new RegExp(`\\b${code}\\b`).test(text)));
}

const rooms = ['contracts', 'formats', 'ministack', 'runner', 'steps', 'tests'];

function texts(wanted: (path: string) => boolean): readonly string[] {
  const skipped = /(^|\/)(node_modules|dist)\//;
  return rooms
    .flatMap((room) =>
      readdirSync(join(root, room), { recursive: true, encoding: 'utf8' }).map((path) => join(room, path)),
    )
    .filter((path) => wanted(path) && !skipped.test(path) && path !== 'tests/codes.test.ts')
    .map((path) => readFileSync(join(root, path), 'utf8'));
}

it('must find the code that no test raises', () => {
  expect(unraised(['E_A', 'E_A_B'], ["expect(code).toBe('E_A_B')"])).toEqual(['E_A']);
  expect(unraised(['E_A'], ["'E_A'"])).toEqual([]);
});

it('must raise every code of the taxonomy in at least one test', () => {
  expect(
    unraised(
      Object.keys(taxonomy.errors),
      texts((path) => path.endsWith('.test.ts')),
    ),
  ).toEqual([]);
});

/** Codes that preflight already understands, of engines that there are not yet: each goes from here with its engine. */
const waiting = ['E_RUNTIME_ENGINE_UNREACHABLE'];

it('must have no code that nothing raises', () => {
  const sources = texts((path) => path.endsWith('.ts') && !/\.test\.ts$|\/generated\/|^tests\//.test(path));
  const all = [...sources, readFileSync(join(root, 'plumb'), 'utf8')];
  expect(unraised(Object.keys(taxonomy.errors), all)).toEqual(waiting);
});
