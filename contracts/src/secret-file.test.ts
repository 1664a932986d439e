import { describe, expect, it } from 'vitest';
import type { SecretFile } from './ports.ts';
import { secretIn } from './secret-file.ts';

const good: SecretFile = {
  kind: 'file',
  mode: 0o400,
  uid: 472,
  folder: { mode: 0o700, uid: 472 },
  value: 'kX0v-3q_9fTz1Lm7RbWc5YdH2sJg8uAe',
};
const rule = { uids: [472], bytes: 24 };
const codeOf = (change: Partial<SecretFile>, more: Partial<typeof rule & { leaving: boolean }> = {}) => {
  const found = secretIn('/s/p', { ...good, ...change }, { ...rule, ...more });
  return found.ok ? found.value : `${found.failure.code} ${found.failure.place?.file}`;
};

describe('secretIn', () => {
  it('must give the value of a file that is its owner’s alone', () => {
    expect(codeOf({})).toBe(good.value);
    expect(codeOf({ mode: 0o600 })).toBe(good.value);
    expect(codeOf({ uid: 0, folder: { mode: 0o700, uid: 0 } }, { uids: [472, 0] })).toBe(good.value);
  });

  it.each([
    ['that others may read', { mode: 0o404 }],
    ['that its group may read', { mode: 0o440 }],
    ['that others may write', { mode: 0o602 }],
    ['of another user', { uid: 1000 }],
    ['that is a link, a pipe or a directory', { kind: 'other' }],
    ['in a directory that others may list', { folder: { mode: 0o705, uid: 472 } }],
    ['in a directory that others may write', { folder: { mode: 0o770, uid: 472 } }],
    ['in a directory of another user', { folder: { mode: 0o700, uid: 1000 } }],
  ] as const)('must refuse a file %s', (_, change) => {
    expect(codeOf(change)).toBe('E_ENV_SECRETS_EXPOSED /s/p');
  });

  it('must say first of all that a file was changed meanwhile', () => {
    expect(codeOf({ changed: 'was changed', mode: 0o644, value: '' })).toBe('E_ENV_SECRET_CHANGED /s/p');
  });

  it.each([
    '',
    ' ',
    'CHANGE_ME',
    'changeme',
    'change-me',
    'password',
    'Example',
    'admin',
    '<your password>',
    'your_password_here',
    'xxxxxxxx',
    'TODO',
  ])('must refuse the placeholder %j, unless it is about to be replaced', (value) => {
    expect(codeOf({ value })).toBe('E_CONFIG_SECRET_PLACEHOLDER /s/p');
    expect(codeOf({ value }, { leaving: true })).toBe(value);
  });

  it('must refuse what is shorter than its random bytes are in text, and only where they are told', () => {
    expect(codeOf({ value: 'k'.repeat(32) })).toBe('k'.repeat(32));
    expect(codeOf({ value: 'k'.repeat(31) })).toBe('E_CONFIG_SECRET_SHORT /s/p');
    expect(secretIn('/s/p', { ...good, value: 'hunter2' }, { uids: [472] })).toEqual({ ok: true, value: 'hunter2' });
  });

  it('must never say what a file holds', () => {
    for (const change of [{ mode: 0o644 }, { uid: 1 }, { changed: 'was changed' }, { value: 'short-one' }]) {
      const found = secretIn('/s/p', { ...good, ...change }, rule);
      if (found.ok) throw new Error('it was accepted');
      for (const value of [good.value as string, 'short-one'])
        expect(JSON.stringify(found.failure)).not.toContain(value);
    }
  });
});
