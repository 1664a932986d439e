import { describe, expect, it } from 'vitest';
import { makeSubject } from '../../../../tests/support/lint.ts';
import { lintConfig } from '../lint-config.ts';

const found = (retention: unknown) =>
  lintConfig(makeSubject((config) => (config.limits.retention = retention))).map(
    ({ severity, code, message, patch }) => ({
      severity,
      code,
      message,
      value: (patch?.[0] as { readonly value?: unknown } | undefined)?.value,
    }),
  );

describe('retention', () => {
  it.each([
    ['an hour more', '2562048h'],
    ['400 nines', `${'9'.repeat(400)}h`],
    ['400 nines of days', `${'9'.repeat(400)}d`],
    ['three centuries', '300y'],
  ])('must refuse %s: more than a duration of Go can be', (_, given) => {
    const message = expect.stringMatching(/^.{0,200}the store takes 2562047h at most$/);
    const code = 'E_CONFIG_INVALID_VALUE';
    expect(found(given)).toMatchObject([{ severity: 'error', code, message, value: '43800h' }]);
  });

  it('must warn of what is long, and take what is not', () => {
    expect(found('2562047h')).toMatchObject([{ severity: 'warning', value: '43800h' }]);
    expect(found('43800h')).toEqual([]);
  });

  it.each([
    ['2160h0m0s', '2160h'],
    ['36h30m', '37h'],
    ['2160H', '2160h'],
    [' 2160h', '2160h'],
    ['90d', '2160h'],
    ['0h', '720h'],
    ['', '720h'],
  ])('must keep what is meant by %j: %s', (given, value) => {
    expect(found(given)).toMatchObject([{ severity: 'error', value }]);
  });

  it.each([['800'], [800], ['3 months']])('must propose nothing for %j, of which the unit is not known', (given) => {
    expect(found(given)).toMatchObject([{ severity: 'error', value: undefined }]);
  });
});
