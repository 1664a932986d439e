import { describe, expect, it } from 'vitest';
import { demoEnvironment } from '../../../tests/support/environment.ts';
import { rulesOf } from './redaction.ts';
import { isSecretKey, isSecretVariable, secretValues } from './secret-values.ts';

const rules = rulesOf(demoEnvironment().secretsPolicy.redaction);

describe('a name', () => {
  it.each(['password', 'DB_PASSWORD', 'db_passwd', 'apiKey', 'api-key', 'token', 'auth_tokens', 'smtp_pass', 'secret'])(
    'must be that of a secret: %s',
    (name) => {
      expect([isSecretKey(name), isSecretKey(`${name}_file`)]).toEqual([true, false]);
    },
  );

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

describe('secretValues', () => {
  it('must find what stands behind a key, at any depth, and what a rule captures, and nothing else', () => {
    const document = {
      labels: { env: 'demo', token: 'one-secret', tokens: ['two-secret', { a: 'no secret' }] },
      sources: [{ root: 'https://user:three-secret@host/', note: 'Bearer four-secret' }],
      port: 3000,
      nothing: null,
    };
    expect(secretValues(document, rules)).toEqual(
      expect.arrayContaining(['one-secret', 'two-secret', 'three-secret', 'four-secret']),
    );
    expect(new Set(secretValues(document, rules)).size).toBe(4);
    expect(secretValues(document)).toEqual(['one-secret', 'two-secret']);
    expect(secretValues({ labels: { env: 'demo' } }, rules)).toEqual([]);
  });
});
