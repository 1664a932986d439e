import { describe, expect, it } from 'vitest';
import { isSecretKey, isSecretVariable } from './secret-names.ts';

describe('a name', () => {
  it.each([
    'password',
    'DB_PASSWORD',
    'db_passwd',
    'apiKey',
    'secret_key',
    'api-key',
    'token',
    'auth_tokens',
    'smtp_pass',
    'secret',
  ])('must be that of a secret: %s', (name) => {
    expect([isSecretKey(name), isSecretKey(`${name}_file`)]).toEqual([true, false]);
  });

  it.each(['key', 'keyboard', 'author', 'compass', 'secretary', 'tokenizer', 'labels', ''])(
    'must not be that of a secret: %s',
    (name) => {
      expect(isSecretKey(name)).toBe(false);
    },
  );

  it('must count for more where it is a variable that a program is given', () => {
    expect(['SSH_KEY', 'GITHUB_TOKEN', 'AUTHORIZATION'].map(isSecretVariable)).toEqual([true, true, true]);
    expect(['PATH', 'LANG'].map(isSecretVariable)).toEqual([false, false]);
  });
});
