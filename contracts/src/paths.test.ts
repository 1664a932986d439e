import { describe, expect, it } from 'vitest';
import { contractName, contractPath, storeName, within } from './paths.ts';

describe('contractPath', () => {
  it('must fill the tokens in below the base', () => {
    expect(contractPath('output', 'run', '/out', { run: '2026_01' })).toBe('/out/runs/2026_01');
    expect(contractPath('deploy', 'store', '/d/', { service: 'loki', short: 'abc' })).toBe('/d/store/loki-abc');
    expect(contractPath('run', 'report', '/', { step: 'verify' })).toBe('/verify.report.json');
    expect(contractPath('run', 'report', '/r', { step: '..a' })).toBe('/r/..a.report.json');
  });

  it.each(['', '.', '..', '...', 'a/b', '../x', 'a\\b', 'a\0b'])('must refuse the token value %j', (value) => {
    expect(() => contractPath('run', 'report', '/out', { step: value })).toThrow('{step}');
  });

  it('must fill a path of several names in where the contract says so, each of them one that may be', () => {
    expect(contractPath('output', 'run', '/out', { run: 'dev/up/1' })).toBe('/out/runs/dev/up/1');
    for (const run of ['a//b', '/a', 'a/', 'a/../b', 'a/./b', '..'])
      expect(() => contractPath('output', 'run', '/out', { run })).toThrow('{run}');
  });

  it('must name a path relative to its base too', () => {
    expect(contractName('deploy', 'generation', { generation: 'abc' })).toBe('generations/abc');
    expect(storeName('loki', '0123456789abcdef')).toBe('store/loki-0123456789ab');
    expect(within('/out/', 'runs/a')).toBe('/out/runs/a');
  });

  it('must refuse a token without a value, and a path that the contract does not have', () => {
    expect(() => contractPath('output', 'run', '/out')).toThrow('{run}');
    expect(() => contractPath('output', 'nothing' as 'run', '/out')).toThrow('output.nothing');
  });
});
