import { describe, expect, it } from 'vitest';
import { type Naming, namingOf, namingTokens, profileOf, type RunFacts, runFolder, runName } from './naming.ts';

const facts: RunFacts = {
  run_id: '2026-03-01T12-00-00Z_01JNX',
  pipeline: 'my_Pipeline',
  profile: 'incident_debug',
  manifest_hash: '0123456789abcdef'.repeat(4),
  started_at: Date.UTC(2026, 2, 1, 2, 3, 4),
  user: 'Ann Other',
  branch: 'feature/x_1',
};
const naming = (change: Partial<Naming> = {}): Naming => ({ ...namingOf({}), ...change });
const named = (run_dir: string, change: Partial<Naming> = {}, more: Partial<RunFacts> = {}) =>
  runName(naming({ run_dir, ...change }), { ...facts, ...more });

describe('the name of a run', () => {
  it('must be its id where nothing is said, as it is', () => {
    expect(namingOf({})).toEqual({ run_dir: '{run_id}', run_ts_format: 'iso_basic_z', manifest_short_len: 7 });
    expect(runFolder('/out', naming(), { ...facts, profile: undefined })).toBe(`/out/runs/${facts.run_id}`);
  });

  it('must be below the folder of its profile, once', () => {
    expect(runFolder('/out', naming(), facts)).toBe(`/out/runs/incident-debug/${facts.run_id}`);
    const own = naming({ run_dir: '{user}/{profile}/{run_id}' });
    expect(runFolder('/out', own, facts)).toBe(`/out/runs/ann-other/incident-debug/${facts.run_id}`);
  });

  it.each([
    ['{pipeline_slug}', 'my-pipeline'],
    ['{profile}', 'incident-debug'],
    ['{user}', 'ann-other'],
    ['{branch}', 'featurex-1'],
    ['{manifest_hash}', facts.manifest_hash],
    ['{manifest_short}', '0123456'],
    ['{run_ts}', '20260301t020304z'],
    ['{pipeline_slug}/{run_ts}_{run_id}', `my-pipeline/20260301t020304z_${facts.run_id}`],
    ['a--b__c//d-', 'a-b_c/d'],
  ])('must make of %s the slug of its value, and no mark twice or at an end', (template, expected) => {
    expect(named(template)).toBe(expected);
  });

  it.each([
    ['iso_basic_z', '20260301t020304z'],
    ['epoch_ms', '1772330584000'],
    ['%Y-%m-%d', '2026-03-01'],
    ['%y%j', '26060'],
    ['at%H%M%S', 'at020304'],
    ['%s', '1772330584'],
  ])('must give the time as %s asks', (run_ts_format, expected) => {
    expect(named('{run_ts}', { run_ts_format })).toBe(expected);
  });

  it('must leave nothing behind where a part is empty', () => {
    const empty = { profile: undefined, branch: '' };
    expect(named('{profile}/{branch}/{run_ts}_{run_id}', { run_ts_format: 'none' }, empty)).toBe(facts.run_id);
  });

  it.each([3, 16])('must have as many digits of the manifest as are asked for: %d', (manifest_short_len) => {
    expect(named('{manifest_short}', { manifest_short_len })).toHaveLength(manifest_short_len);
  });

  it('must have a value for every token that the contract says is known, and for no other', () => {
    for (const token of namingTokens.run_dir) expect(named(`{${token}}`)).not.toBe('');
    for (const token of namingTokens.all.filter((one) => !namingTokens.run_dir.includes(one)))
      expect(() => named(`{${token}}`)).toThrow(`{${token}}`);
  });
});

describe('the profile that counts', () => {
  const profiles = { enabled: true, values: ['dev', 'ml'], default: 'dev' };
  it('must be the chosen one, else the default one, and none where they are off', () => {
    expect(profileOf({ filesystem: { profiles } })).toBe('dev');
    expect(profileOf({ profile: 'ml', filesystem: { profiles } })).toBe('ml');
    expect(profileOf({ filesystem: { profiles: { ...profiles, enabled: false } } })).toBe(undefined);
    expect(profileOf({})).toBe(undefined);
  });
});
