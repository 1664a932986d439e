import { expect, it } from 'vitest';
import { fakeSecrets } from '../../../tests/support/ports.ts';
import { secretIn } from './secret-in.ts';

const files = (second: string) =>
  new Map([
    ['one.yml', 'a: 1\n'],
    ['two.yml', second],
  ]);

it('a rendered file that would hold a secret must be named with its line, and the secret not', () => {
  const found = secretIn(files('a: 1\nb: a-password-of-the-test\n'), fakeSecrets);
  expect(found).toMatchObject({ code: 'E_CONFIG_TEMPLATE', place: { file: 'two.yml', line: 2 } });
  expect(JSON.stringify(found)).not.toContain('a-password');
  expect(secretIn(files('a: 1\nb: another text\n'), fakeSecrets)).toBeUndefined();
});
