import { describe, expect, it } from 'vitest';
import { effectiveVerdict, exitCode, failureExit, type Verdict, worstVerdict } from './verdict.ts';

describe('worstVerdict', () => {
  it('must put fail over unknown over warn over pass over skipped, in any order', () => {
    const falling: readonly Verdict[] = ['fail', 'unknown', 'warn', 'pass', 'skipped'];
    for (const [n, worst] of falling.entries()) {
      const rest = falling.slice(n);
      expect(worstVerdict(rest)).toBe(worst);
      expect(worstVerdict([...rest].reverse())).toBe(worst);
    }
  });

  it('must be skipped where there is nothing to judge', () => {
    expect(worstVerdict([])).toBe('skipped');
  });
});

describe('effectiveVerdict', () => {
  const table: readonly (readonly [Verdict, Verdict, Verdict])[] = [
    // said, where required, where not
    ['pass', 'pass', 'pass'],
    ['skipped', 'skipped', 'skipped'],
    ['warn', 'warn', 'warn'],
    ['unknown', 'unknown', 'warn'],
    ['fail', 'fail', 'warn'],
  ];
  it.each(table)('must let %s count as %s where it is required and as %s where it is not', (said, must, may) => {
    expect(effectiveVerdict({ verdict: said, required: true })).toBe(must);
    expect(effectiveVerdict({ verdict: said, required: false })).toBe(may);
  });
});

describe('exitCode', () => {
  // features.md, decision 5
  it.each([
    ['green', 0],
    ['warned', 1],
    ['failed', 2],
    ['refused', 2],
    ['rollback_failed', 2],
    ['crashed', 2],
    ['rolled_back', 3],
    ['busy', 75],
    ['interrupted', 130],
  ] as const)('must end a run that is %s with %i', (status, code) => {
    expect(exitCode(status)).toBe(code);
  });

  it('must tell SIGTERM from SIGINT', () => {
    expect(exitCode('interrupted', { signal: 'SIGINT' })).toBe(130);
    expect(exitCode('interrupted', { signal: 'SIGTERM' })).toBe(143);
    expect(exitCode('green', { signal: 'SIGTERM' })).toBe(0);
  });

  it('must end a refusal as its code says, and no other status', () => {
    expect(exitCode('refused', { code: 'E_CONFIG_USAGE' })).toBe(64);
    expect(exitCode('refused', { code: 'E_CONFIG_PARSE' })).toBe(2);
    expect(exitCode('failed', { code: 'E_CONFIG_USAGE' })).toBe(2);
  });
});

describe('failureExit', () => {
  it.each([
    ['E_CONFIG_USAGE', 64],
    ['E_CONFIG_UNKNOWN_ENVIRONMENT', 64],
    ['E_CONFIG_UNKNOWN_PIPELINE', 64],
    ['E_CONFIG_UNKNOWN_STEP', 64],
    ['E_PROOF_UNKNOWN_RUN', 64],
    ['E_ENV_LOCKED', 75],
    ['E_CONFIG_UNKNOWN_KEY', 2],
    ['E_RUNTIME_UNEXPECTED', 2],
  ] as const)('must end %s with %i', (code, exit) => {
    expect(failureExit(code)).toBe(exit);
  });
});
