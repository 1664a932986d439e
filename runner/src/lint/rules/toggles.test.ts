import { describe, expect, it } from 'vitest';
import { type Loose, makeSubject } from '../../../../tests/support/lint.ts';
import { lintConfig } from '../lint-config.ts';

const found = (change: (config: Loose) => unknown) =>
  lintConfig(makeSubject(change)).map(({ rule, message, patch }) => ({ rule, message, patch }));

describe('toggle-boolean', () => {
  it.each<[string, (c: Loose) => unknown, unknown]>([
    ['/offline_mode', (c) => (c.offline_mode = 'yes'), true],
    ['/filesystem/profiles/enabled', (c) => (c.filesystem = { profiles: { enabled: 'false' } }), false],
    ['/checks/journal', (c) => (c.checks.journal = 1), true],
    ['/sources/1/filename_label', (c) => (c.sources[1]!.filename_label = ' OFF '), false],
  ])('must look at %s, which the schema has for a boolean', (path, change, value) => {
    expect(found(change)).toMatchObject([{ rule: 'toggle-boolean', patch: [{ op: 'replace', path, value }] }]);
  });

  it('must not take a profile away while it cannot be told whether profiles are enabled', () => {
    const profiles = { enabled: 'true', values: ['dev'], default: 'dev' };
    const all = found((c) => Object.assign(c, { profile: 'dev', filesystem: { profiles } }));
    expect(all.map(({ rule }) => rule)).toEqual(['toggle-boolean']);
  });

  it('must leave out what says nothing, and propose nothing for what is neither', () => {
    expect(found((c) => (c.offline_mode = null))[0]?.patch).toEqual([{ op: 'remove', path: '/offline_mode' }]);
    expect(found((c) => (c.offline_mode = 'sometimes'))).toEqual([
      {
        rule: 'toggle-boolean',
        message: 'offline_mode is "sometimes"; a toggle is true or false, without quotes',
        patch: undefined,
      },
    ]);
  });
});
