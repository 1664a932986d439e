import { err, failure, ok, type Result } from '@plumbline/contracts';
import { expect, it } from 'vitest';
import { checkElsewhere } from './elsewhere.ts';

const check = (roots: Result<readonly string[]>) => checkElsewhere('demo', '/own', { roots: async () => roots });

it.each([[[]], [['/own']]])('must accept a project that runs from %j', async (roots) => {
  expect(await check(ok(roots))).toEqual(ok(undefined));
});

it.each([[['/other']], [['/other', '/own']], [['/own', '/other']]])(
  'must refuse a project that runs from %j',
  async (roots) => {
    const refused = { code: 'E_ENV_PROJECT_ELSEWHERE', place: { file: '/other' }, evidence: { roots: ['/other'] } };
    expect(await check(ok(roots))).toMatchObject({ ok: false, failure: refused });
  },
);

it('must not take an engine that cannot look for one that has found nothing, and ask none that cannot tell', async () => {
  const blind = err(failure('E_RUNTIME_ENGINE_UNREACHABLE', 'no answer'));
  expect(await check(blind)).toBe(blind);
  expect(await checkElsewhere('demo', '/own', {})).toEqual(ok(undefined));
});
