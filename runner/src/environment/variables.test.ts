import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { demoEnvironment } from '../../../tests/support/environment.ts';
import { settingsOf, variableOf } from './settings.ts';
import { isSettingVariable } from './variables.ts';

const root = join(import.meta.dirname, '../../..');
const rooms = ['bench', 'contracts/src', 'formats/src', 'ministack/src', 'runner/src', 'scripts', 'steps', 'tests'];

/** It gives variables that are wrong. */
const wrong = 'tests/config-show.test.ts';

/** Every variable that code here names, and where. */
function named(): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const paths = rooms.flatMap((room) =>
    readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.(ts|mjs|sh)$/.test(path) && !/(^|\/)(node_modules|dist)\//.test(path))
      .map((path) => `${room}/${path}`),
  );
  for (const path of [
    'plumb',
    ...paths.filter((path) => path !== wrong && !path.startsWith('runner/src/environment/')),
  ])
    for (const [name] of readFileSync(join(root, path), 'utf8').matchAll(/\bPLUMBLINE_[A-Z0-9_]+/g))
      found.set(name, path);
  return found;
}

describe('isSettingVariable', () => {
  it('must take no variable for a setting that Plumbline itself speaks with', () => {
    const settings = settingsOf(demoEnvironment().bootstrap).map(({ path }) => variableOf(path));
    const taken = [...named()].filter(([name]) => isSettingVariable(name, true) && !settings.includes(name));
    expect(taken).toEqual([]);
    expect(named().size).toBeGreaterThan(15);
  });

  it('must take every setting for one, and a name that is nearly one', () => {
    for (const { path } of settingsOf(demoEnvironment().bootstrap))
      expect(isSettingVariable(variableOf(path), true)).toBe(true);
    expect(isSettingVariable('PLUMBLINE_EXECUTIONMODE', true)).toBe(true);
    expect(isSettingVariable('PLUMBLINE_ENV', false)).toBe(false);
    expect(isSettingVariable('EXECUTION_MODE', false)).toBe(false);
    // For a command of a run it is its output; for anybody else it is path_map.output_dir, as they think.
    expect(isSettingVariable('PLUMBLINE_OUTPUT_DIR', true)).toBe(false);
    expect(isSettingVariable('PLUMBLINE_OUTPUT_DIR', false)).toBe(true);
    expect(isSettingVariable('PLUMBLINE_STATE_DIR', false)).toBe(true);
  });
});
