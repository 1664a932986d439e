import { ok } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { memoryFiles } from '../../../tests/support/files.ts';
import { nothingDeployed } from '../../../tests/support/observed.ts';
import { fakeEngine } from '../../../tests/support/ports.ts';
import { checkRoot } from './check-root.ts';
import { plan } from './plan.ts';

describe('checkRoot', () => {
  const check = (seen: string | undefined) => {
    const engine = { ...fakeEngine(), readBack: async () => ok(seen) };
    return checkRoot('example/loki:1.0.0', '/root', { files: memoryFiles({ '/root/owner.json': 'mine' }), engine });
  };
  it('must accept a daemon whose containers see the file that is here', async () => {
    expect(await check('mine')).toEqual(ok(undefined));
  });
  it.each([
    ['none', undefined],
    ['another one', 'theirs'],
  ])('must refuse a daemon whose containers see %s', async (found, seen) => {
    expect(await check(seen)).toMatchObject({
      failure: { code: 'E_RUNTIME_INCOMPATIBLE', message: expect.stringMatching(`${found}$`) },
    });
  });
});

describe('plan', () => {
  const ops = (remote: boolean) => plan(nothingDeployed({ remote })).ops.map(({ op }) => op);
  it('must ask what a daemon over a network sees after the root is claimed and before a service is started', () => {
    const found = ops(true);
    expect(found.indexOf('check_root')).toBeGreaterThan(found.indexOf('claim_root'));
    expect(found.indexOf('check_root')).toBeLessThan(found.indexOf('start'));
    expect(ops(false)).not.toContain('check_root');
  });
});
